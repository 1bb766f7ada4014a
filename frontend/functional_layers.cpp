#include "frontend/functional_layers.h"

#include "frontend/emit.h"

namespace cgan_jit {
namespace {

/// Those of x's last two axes.
std::vector<std::pair<int64_t, int64_t>> widths_of(const Located& x, const Sides& sides,
                                                   std::string_view layer) {
  require_image(x, layer);
  std::vector<std::pair<int64_t, int64_t>> widths(x.shape().size());
  widths[widths.size() - 2] = {sides.top, sides.bottom};
  widths[widths.size() - 1] = {sides.left, sides.right};
  return widths;
}

}  // namespace

Tensor ZeroPad2d::operator()(const Located& x) const { return pad(x, widths_of(x, padding, "ZeroPad2d")); }
Tensor ReflectionPad2d::operator()(const Located& x) const {
  return pad(x, widths_of(x, padding, "ReflectionPad2d"), Border::reflect);
}
Tensor ReplicationPad2d::operator()(const Located& x) const {
  return pad(x, widths_of(x, padding, "ReplicationPad2d"), Border::replicate);
}
Tensor CircularPad2d::operator()(const Located& x) const {
  return pad(x, widths_of(x, padding, "CircularPad2d"), Border::circular);
}

}  // namespace cgan_jit
