#pragma once

#include "ir/graph.h"

namespace cgan_jit {

/// The distributive law. In a large contraction, what one side reads along a summed axis that the other side
/// does not see is summed up first, once for all that it is multiplied with:
///   sum over t, r of a[t, r] * b[t] = sum over t of (sum over r of a[t, r]) * b[t]
/// A side that shows each element of another value several times in a row (nearest upsampling) is read where
/// each is once, so that such axes appear: a convolution of what was upsampled is one of the small picture
/// for each remainder, whose weights are sums; its gradients are sums over blocks of the gradient, convolved.
/// Where that leaves so many fewer multiplications that it pays to store the sums.
///
/// The order of terms changes, as in simplify. What is infinite, or overflows in a sum, may become another of
/// inf, -inf and NaN: inf * 2 - inf * 1 is NaN, inf * (2 - 1) is inf. So the law is for finite numbers, exact
/// where no sum rounds.
Graph distribute(const Graph& graph);

/// From which of a contraction's multiplications on, and for how many that each stored sum saves.
struct WorthDistributing {
  int64_t least_products, saved_by_an_element;
};
/// The same wherever it is worth so much.
Graph distributed(const Graph& graph, WorthDistributing worth);

}  // namespace cgan_jit
