#include "frontend/emit.h"
#include "frontend/ops.h"
#include "frontend/window.h"

namespace cgan_jit {
namespace {

/// [...,h,w] -> [..., positions, window], beyond x `fill`.
Tensor windows_of(const Located& x, const Window& rows, const Window& columns, double fill) {
  const int h = x.rank() - 2, w = h + 1, rank = x.rank() + 2;
  Shape domain = x.shape();
  domain[h] = rows.positions(domain[h]);
  domain[w] = columns.positions(domain[w]);
  domain.insert(domain.end(), {rows.size, columns.size});
  IndexMap map = identity_map(rank);
  map.results.resize(x.rank());
  map.results[h] = rows.along(rank, h, w + 1);
  map.results[w] = columns.along(rank, w, w + 2);
  return emit_reindex(x, std::move(map), std::move(domain), fill);
}

struct Pool {
  Window rows, columns;
};

/// Throws Error at x's line unless it is an image into which the windows fit. A stride of 0 is their size.
Pool checked_pool(const Located& x, const Pool& asked, std::string_view op) {
  require_dtype(x, DType::f32, op);
  require_image(x, op);
  Pool pool = asked;
  for (Window* window : {&pool.rows, &pool.columns}) {
    if (window->stride == 0) window->stride = window->size;
  }
  pool.rows.require_fits(x, x.rank() - 2, op);
  pool.columns.require_fits(x, x.rank() - 1, op);
  for (const Window& window : {pool.rows, pool.columns}) {
    if (2 * window.padding > window.size)
      fail(x.where, fmt::format("{}: {} by padding of {}, more than half a window of {}", op,
                                to_string(x.shape()), window.padding, window.size));
  }
  return pool;
}

/// How many places of a window lie behind each one, row-major: i32 [h,w].
Tensor places_behind(const Located& windows) {
  const Shape window(windows.shape().end() - 2, windows.shape().end());
  const Located before = at(windows.builder->iota(0, {element_count(window)}, windows.where), windows);
  return reshape(at(flip(before, {0}), windows), window);
}

/// The largest of each window. The gradient goes to the first of equal maxima: the one with most behind it.
Tensor largest(const Located& windows) {
  const std::vector<int> within = {-2, -1};
  const auto alone = [&](const Tensor& chosen, const Operand& of) {
    return at(where(at(chosen, windows), of, 0), windows);
  };
  const Located most = at(max(windows, within), windows), behind = at(places_behind(windows), windows);
  const Tensor is_most = windows >= max_keepdim(windows, within);
  const Tensor is_first = behind == max_keepdim(alone(is_most, behind), within);
  const Tensor first = sum(alone(is_first, windows), within);
  return windows.builder->with_gradient_of(first, most, windows.where);
}

/// How many numbers of an axis each position of the window has, i32: of the padding's, too, if they count.
Tensor numbers_along(const Located& x, const Window& window, int axis, const AvgPoolOptions& how) {
  const int64_t extent = x.shape()[axis], counted = how.count_include_pad ? window.padding : 0;
  const Shape positions = {window.positions(extent)};
  if (window.padding <= counted && window.spread(positions[0]) <= extent + counted - window.padding)
    return x.builder->constant(static_cast<double>(window.size), DType::i32, positions, x.where);
  const Located position = at(x.builder->iota(0, positions, x.where), x);
  const Located begin = at(at(position * window.stride, x) - window.padding, x);
  const Located end = at(minimum(at(begin + window.size, x), extent + counted), x);
  return maximum(at(end - at(maximum(begin, -counted), x), x), 1);
}

/// Of both axes: f32 [positions].
Tensor numbers_in(const Located& x, const Window& rows, const Window& columns, const AvgPoolOptions& how) {
  const Located by_row = at(numbers_along(x, rows, x.rank() - 2, how), x);
  const Located by_column = at(numbers_along(x, columns, x.rank() - 1, how), x);
  return cast(at(at(unsqueeze(by_row, 1), x) * by_column, x), DType::f32);
}

}  // namespace

void require_image(const Located& x, std::string_view op) {
  if (x.rank() < 3)
    fail(x.where, fmt::format("{}: {} is no image: [...,channels,height,width]", op, to_string(x.shape())));
}

Tensor max_pool2d(const Located& x, Size2d size, const PoolOptions& how) {
  const auto [rows, columns] =
      checked_pool(x,
                   {{size.height, how.stride.height, how.padding.height, how.dilation.height, how.ceil_mode},
                    {size.width, how.stride.width, how.padding.width, how.dilation.width, how.ceil_mode}},
                   "max_pool2d");
  return largest(at(windows_of(x, rows, columns, -infinity), x));
}

Tensor avg_pool2d(const Located& x, Size2d size, const AvgPoolOptions& how) {
  const auto [rows, columns] =
      checked_pool(x,
                   {{size.height, how.stride.height, how.padding.height, 1, how.ceil_mode},
                    {size.width, how.stride.width, how.padding.width, 1, how.ceil_mode}},
                   "avg_pool2d");
  if (how.divisor_override == 0)
    fail(x.where, fmt::format("avg_pool2d: {} by a divisor of 0", to_string(x.shape())));
  const Located total = at(sum(at(windows_of(x, rows, columns, 0), x), {-2, -1}), x);
  if (how.divisor_override) return total / static_cast<double>(*how.divisor_override);
  return total / at(numbers_in(x, rows, columns, how), x);
}

Tensor adaptive_avg_pool2d(const Located& x, Size2d size) {
  require_dtype(x, DType::f32, "adaptive_avg_pool2d");
  require_image(x, "adaptive_avg_pool2d");
  const int64_t h = x.shape()[x.rank() - 2], w = x.shape()[x.rank() - 1];
  if (size.height < 1 || size.width < 1 || h % size.height != 0 || w % size.width != 0 || h == 0 || w == 0)
    fail(x.where, fmt::format("adaptive_avg_pool2d: {} to [{},{}], which does not divide [{},{}]",
                              to_string(x.shape()), size.height, size.width, h, w));
  return avg_pool2d(x, {h / size.height, w / size.width});
}

}  // namespace cgan_jit
