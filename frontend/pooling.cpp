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

Pool checked_pool(const Located& x, Size2d size, const PoolOptions& how, std::string_view op) {
  require_dtype(x, DType::f32, op);
  require_image(x, op);
  const Size2d stride{how.stride.height == 0 ? size.height : how.stride.height,
                      how.stride.width == 0 ? size.width : how.stride.width};
  const Pool pool{{size.height, stride.height, how.padding.height},
                  {size.width, stride.width, how.padding.width}};
  pool.rows.require_fits(x, x.rank() - 2, op);
  pool.columns.require_fits(x, x.rank() - 1, op);
  if (2 * how.padding.height > size.height || 2 * how.padding.width > size.width)
    fail(x.where, fmt::format("{}: padding [{},{}] is more than half a window of [{},{}]", op,
                              how.padding.height, how.padding.width, size.height, size.width));
  return pool;
}

}  // namespace

void require_image(const Located& x, std::string_view op) {
  if (x.rank() < 3)
    fail(x.where, fmt::format("{}: {} is no image: [...,channels,height,width]", op, to_string(x.shape())));
}

Tensor max_pool2d(const Located& x, Size2d size, const PoolOptions& how) {
  const auto [rows, columns] = checked_pool(x, size, how, "max_pool2d");
  const bool padded = rows.padding > 0 || columns.padding > 0;
  const Tensor seen = windows_of(x, rows, columns, padded ? -infinity : 0);
  return max({seen, x.where}, {-2, -1});
}

Tensor avg_pool2d(const Located& x, Size2d size, const PoolOptions& how) {
  const auto [rows, columns] = checked_pool(x, size, how, "avg_pool2d");
  return mean({windows_of(x, rows, columns, 0), x.where}, {-2, -1});
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
