#include "frontend/emit.h"
#include "frontend/ops.h"
#include "frontend/window.h"

namespace cgan_jit {
namespace {

/// Windows over x's last axes, each of them along one.
using Windows = std::vector<Window>;

int first_axis(const Located& x, const Windows& windows) {
  return x.rank() - static_cast<int>(windows.size());
}

/// [..., extents] -> [..., positions, window], beyond x `fill`.
Tensor windows_of(const Located& x, const Windows& windows, double fill) {
  const int first = first_axis(x, windows), rank = x.rank() + static_cast<int>(windows.size());
  Shape domain = x.shape();
  IndexMap map = identity_map(rank);
  map.results.resize(x.rank());
  for (int i = 0; i < std::ssize(windows); ++i) {
    domain[first + i] = windows[i].positions(domain[first + i]);
    map.results[first + i] = windows[i].along(rank, first + i, x.rank() + i);
  }
  for (const Window& window : windows) domain.push_back(window.size);
  return emit_reindex(x, std::move(map), std::move(domain), fill);
}

/// Throws Error at x's line unless it is an image (a sequence) of channels into which the windows fit. A
/// stride of 0 is their size.
Windows fitting(const Located& x, Windows windows, std::string_view op) {
  require_dtype(x, DType::f32, op);
  if (windows.size() == 1 && x.rank() < 2)
    fail(x.where, fmt::format("{}: {} is no sequence: [...,channels,length]", op, to_string(x.shape())));
  if (windows.size() == 2) require_image(x, op);
  int axis = first_axis(x, windows);
  for (Window& window : windows) {
    if (window.stride == 0) window.stride = window.size;
    window.require_fits(x, axis++, op);
    if (2 * window.padding > window.size)
      fail(x.where, fmt::format("{}: {} by padding of {}, more than half a window of {}", op,
                                to_string(x.shape()), window.padding, window.size));
  }
  return windows;
}

/// How many places of a window lie behind each one, row-major, i32.
Tensor places_behind(const Located& x, const Shape& window) {
  const Located before = at(x.builder->iota(0, {element_count(window)}, x.where), x);
  return reshape(at(flip(before, {0}), x), window);
}

/// The largest of each window. The gradient goes to the first of equal maxima: the one with most behind it.
Tensor largest(const Located& x, const Windows& moving) {
  const Located windows = at(windows_of(x, moving, -infinity), x);
  std::vector<int> within;
  Shape window;
  for (const Window& along : moving) {
    within.push_back(x.rank() + static_cast<int>(within.size()));
    window.push_back(along.size);
  }
  const auto alone = [&](const Tensor& chosen, const Operand& of) {
    return at(where(at(chosen, windows), of, 0), windows);
  };
  const Located most = at(max(windows, within), windows), behind = at(places_behind(x, window), windows);
  const Tensor is_most = windows >= max_keepdim(windows, within);
  const Tensor is_first = behind == max_keepdim(alone(is_most, behind), within);
  const Tensor first = sum(alone(is_first, windows), within);
  return windows.builder->with_gradient_of(first, most, windows.where);
}

/// How many numbers of an axis each position of the window has, i32: of the padding's, too, if they count.
Tensor numbers_along(const Located& x, const Window& window, int axis, bool include_pad) {
  const int64_t extent = x.shape()[axis], counted = include_pad ? window.padding : 0;
  const Shape positions = {window.positions(extent)};
  if (window.padding <= counted && window.spread(positions[0]) <= extent + counted - window.padding)
    return x.builder->constant(static_cast<double>(window.size), DType::i32, positions, x.where);
  const Located position = at(x.builder->iota(0, positions, x.where), x);
  const Located begin = at(at(position * window.stride, x) - window.padding, x);
  const Located end = at(minimum(at(begin + window.size, x), extent + counted), x);
  return maximum(at(end - at(maximum(begin, -counted), x), x), 1);
}

/// Of all axes: f32 [positions].
Tensor numbers_in(const Located& x, const Windows& windows, bool include_pad) {
  int axis = first_axis(x, windows);
  Located numbers = at(x.builder->constant(1, DType::i32, {}, x.where), x);
  for (const Window& window : windows) {
    const Located along = at(numbers_along(x, window, axis++, include_pad), x);
    numbers = at(at(unsqueeze(numbers, -1), x) * along, x);
  }
  return cast(numbers, DType::f32);
}

Located sum_of_each(const Located& x, const Windows& windows) {
  const Located each = at(windows_of(x, windows, 0), x);
  std::vector<int> within;
  for (int axis = x.rank(); axis < each.rank(); ++axis) within.push_back(axis);
  return at(sum(each, within), x);
}

/// The mean of each window.
Tensor average(const Located& x, const Windows& windows, bool include_pad) {
  return sum_of_each(x, windows) / at(numbers_in(x, windows, include_pad), x);
}

/// Windows that part x's last axes into `parts` equal ones each; throws Error at x's line where they do not.
Windows dividing(const Located& x, const Shape& parts, std::string_view op) {
  Windows windows(parts.size());
  fitting(x, windows, op);
  const Shape extents(x.shape().end() - std::ssize(parts), x.shape().end());
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] < 1 || extents[i] == 0 || extents[i] % parts[i] != 0)
      fail(x.where, fmt::format("{}: {} to {}, which does not divide {}", op, to_string(x.shape()),
                                to_string(parts), to_string(extents)));
    windows[i].size = windows[i].stride = extents[i] / parts[i];
  }
  return windows;
}

}  // namespace

void require_image(const Located& x, std::string_view op) {
  if (x.rank() < 3)
    fail(x.where, fmt::format("{}: {} is no image: [...,channels,height,width]", op, to_string(x.shape())));
}

Tensor max_pool2d(const Located& x, Size2d size, const PoolOptions& how) {
  const Windows windows = {
      {size.height, how.stride.height, how.padding.height, how.dilation.height, how.ceil_mode},
      {size.width, how.stride.width, how.padding.width, how.dilation.width, how.ceil_mode}};
  return largest(x, fitting(x, windows, "max_pool2d"));
}

Tensor max_pool1d(const Located& x, int64_t size, const Pool1dOptions& how) {
  const Window window{size, how.stride, how.padding, how.dilation, how.ceil_mode};
  return largest(x, fitting(x, {window}, "max_pool1d"));
}

Tensor avg_pool2d(const Located& x, Size2d size, const AvgPoolOptions& how) {
  const Windows windows = fitting(x,
                                  {{size.height, how.stride.height, how.padding.height, 1, how.ceil_mode},
                                   {size.width, how.stride.width, how.padding.width, 1, how.ceil_mode}},
                                  "avg_pool2d");
  if (how.divisor_override == 0)
    fail(x.where, fmt::format("avg_pool2d: {} by a divisor of 0", to_string(x.shape())));
  if (how.divisor_override) return sum_of_each(x, windows) / static_cast<double>(*how.divisor_override);
  return average(x, windows, how.count_include_pad);
}

Tensor avg_pool1d(const Located& x, int64_t size, const AvgPool1dOptions& how) {
  const Window window{size, how.stride, how.padding, 1, how.ceil_mode};
  return average(x, fitting(x, {window}, "avg_pool1d"), how.count_include_pad);
}

Tensor adaptive_avg_pool2d(const Located& x, Size2d size) {
  return average(x, dividing(x, {size.height, size.width}, "adaptive_avg_pool2d"), true);
}
Tensor adaptive_avg_pool1d(const Located& x, int64_t size) {
  return average(x, dividing(x, {size}, "adaptive_avg_pool1d"), true);
}
Tensor adaptive_max_pool2d(const Located& x, Size2d size) {
  return largest(x, dividing(x, {size.height, size.width}, "adaptive_max_pool2d"));
}
Tensor adaptive_max_pool1d(const Located& x, int64_t size) {
  return largest(x, dividing(x, {size}, "adaptive_max_pool1d"));
}

}  // namespace cgan_jit
