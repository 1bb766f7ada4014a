#pragma once

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/config.h"

namespace cgan_jit::cli {

/// Adds every option of a run to a subcommand; those that the command line gives end up in the layer.
std::shared_ptr<Layer> add_layer_options(CLI::App& app);

}  // namespace cgan_jit::cli
