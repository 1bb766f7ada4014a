#include "passes/products/padding.h"

#include "passes/graph/build.h"

namespace cgan_jit {

std::optional<View> padded_view(Graph& graph, View view, const Shape& domain, double fill) {
  Shape hull = graph.shape(view.source);
  IndexMap shift = identity_map(rank_of(hull));
  for (int axis : left_axes(view.map, domain, hull)) {
    const auto [low, high] = view.map.results[axis].range(domain);
    hull[axis] = high - low + 1;
    shift.results[axis].offset = low;
    view.map.results[axis].offset -= low;
  }
  if (hull == graph.shape(view.source) && shift == identity_map(rank_of(hull))) return view;
  if (element_count(hull) > element_count(domain)) return {};
  return View{reindexed(graph, view.source, shift, hull, fill), view.map};
}

}  // namespace cgan_jit
