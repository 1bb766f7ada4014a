#include "passes/fuse/kernels.h"

namespace cgan_jit {

std::string print(const FusedGraph& fused) {
  static constexpr const char* split_names[] = {"whole", "rows", "lane_panels"};
  std::string text;
  for (size_t i = 0; i < fused.kernels.size(); ++i) {
    const FusedKernel& kernel = fused.kernels[i];
    text += fmt::format("kernel {} {}", i, split_names[static_cast<int>(kernel.split)]);
    if (kernel.split == Split::rows) text += fmt::format(" of axis {}", kernel.rows_axis());
    if (kernel.anchor) text += fmt::format(" anchor %{}", index(*kernel.anchor));
    text += " computes";
    for (Value node : kernel.nodes) text += fmt::format(" %{}", index(node));
    text += " keeps";
    for (Value node : kernel.results) text += fmt::format(" %{}", index(node));
    text += "\n";
  }
  return text;
}

}  // namespace cgan_jit
