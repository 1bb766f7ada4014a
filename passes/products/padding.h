#pragma once

#include <optional>

#include "passes/graph/views.h"

namespace cgan_jit {

/// The same view of `domain` as a read that stays inside: what it reads outside of its source is made part of
/// that, with `fill` there. Nothing if the padded source had more elements than the view.
std::optional<View> padded_view(Graph& graph, View view, const Shape& domain, double fill);

}  // namespace cgan_jit
