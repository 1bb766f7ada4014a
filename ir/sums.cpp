#include "ir/sums.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "ir/elementwise.h"
#include "ir/moves.h"
#include "ir/row_access.h"

namespace cgan_jit {

namespace {

/// partials[out * lanes + l] combines, row-major, the terms of `in` whose coordinate on `partial_axis` is l
/// modulo `lanes`.
template <typename T, typename Combine>
void reduce_into(const std::vector<T>& in, const Shape& in_shape, const std::vector<int>& axes,
                 int partial_axis, int64_t lanes, Combine combine, std::vector<T>& partials) {
  const int rank = rank_of(in_shape), axis = rank - 1;
  const std::vector<int> kept = other_axes(rank, axes);
  const RowAccess access(projection(rank, kept), in_shape, extents_of(in_shape, kept));
  const T* term = in.data();
  for_each_row(in_shape, axis, [&](const std::vector<int64_t>& point) {
    const Row row = access.row(point, axis);
    const int64_t lane = point[partial_axis] % lanes, lane_step = partial_axis == axis ? 1 : 0;
    for (int64_t j = 0; j < in_shape[axis]; ++j) {
      T& partial = partials[(row.base + j * row.stride) * lanes + (lane + j * lane_step) % lanes];
      partial = combine(partial, *term++);
    }
  });
}

/// The same elements with `axis` as the last one.
template <typename T>
std::vector<T> with_last_axis(const std::vector<T>& in, const Shape& shape, int axis) {
  std::vector<T> out(in.size());
  const auto inner = static_cast<size_t>(element_count({shape.begin() + axis + 1, shape.end()}));
  const auto extent = static_cast<size_t>(shape[axis]);
  for (size_t i = 0; i < in.size(); ++i) {
    const size_t before = i / (extent * inner), at = i / inner % extent, behind = i % inner;
    out[(before * inner + behind) * extent + at] = in[i];
  }
  return out;
}

/// Partial results with `partial` as the innermost of the reduced axes.
template <typename T, typename Combine>
void reduce_by_partials(const std::vector<T>& in, Shape shape, std::vector<int> axes, int partial,
                        Combine combine, std::vector<T>& partials) {
  const int last = rank_of(shape) - 1;
  if (partial == axes.back()) return reduce_into(in, shape, axes, partial, 16, combine, partials);
  const std::vector<T> moved = with_last_axis(in, shape, partial);
  std::rotate(shape.begin() + partial, shape.begin() + partial + 1, shape.end());
  std::erase(axes, partial);
  for (int& axis : axes) axis -= axis > partial ? 1 : 0;
  axes.push_back(last);
  reduce_into(moved, shape, axes, last, 16, combine, partials);
}

template <typename T, typename Combine>
std::vector<T> reduce(const std::vector<T>& in, const Shape& in_shape, const Reduce& op, size_t out_count,
                      T start, Combine combine) {
  const size_t lanes = op.order == Order::lanes16 ? 16 : 1;
  std::vector<T> partials(out_count * lanes, start);
  if (lanes == 1) {
    reduce_into(in, in_shape, op.axes, 0, 1, combine, partials);
  } else {
    reduce_by_partials(in, in_shape, op.axes, partial_axis(in_shape, op.axes), combine, partials);
  }
  std::vector<T> out(out_count);
  for (size_t i = 0; i < out_count; ++i) {
    T* p = &partials[i * lanes];
    for (size_t half = lanes / 2; half > 0; half /= 2) {
      for (size_t lane = 0; lane < half; ++lane) p[lane] = combine(p[lane], p[lane + half]);
    }
    out[i] = p[0];
  }
  return out;
}

/// acc[j] = fma(l[j * l_stride], r[j * r_stride], acc[j]). The usual strides are cases of their own for
/// speed.
template <typename Real>
[[gnu::always_inline]] inline void accumulate_products(Real* acc, const Real* l, int64_t l_stride,
                                                       const Real* r, int64_t r_stride, int64_t count) {
  if (l_stride == 0 && r_stride == 1) {
    for (int64_t j = 0; j < count; ++j) acc[j] = std::fma(*l, r[j], acc[j]);
  } else if (l_stride == 1 && r_stride == 0) {
    for (int64_t j = 0; j < count; ++j) acc[j] = std::fma(l[j], *r, acc[j]);
  } else {
    for (int64_t j = 0; j < count; ++j) acc[j] = std::fma(l[j * l_stride], r[j * r_stride], acc[j]);
  }
}

#ifdef __x86_64__
// std::fma as one instruction instead of a call: the same numbers, many times faster.
template <typename Real>
[[gnu::target("avx2,fma")]] void accumulate_in_hardware(Real* acc, const Real* l, int64_t l_stride,
                                                        const Real* r, int64_t r_stride, int64_t count) {
  accumulate_products(acc, l, l_stride, r, r_stride, count);
}

template <typename Real>
void accumulate(Real* acc, const Real* l, int64_t l_stride, const Real* r, int64_t r_stride, int64_t count) {
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return accumulate_in_hardware(acc, l, l_stride, r, r_stride, count);
  }
  accumulate_products(acc, l, l_stride, r, r_stride, count);
}
#else
template <typename Real>
void accumulate(Real* acc, const Real* l, int64_t l_stride, const Real* r, int64_t r_stride, int64_t count) {
  accumulate_products(acc, l, l_stride, r, r_stride, count);
}
#endif

/// The coordinate that alone follows `axis`, step for step.
std::optional<size_t> follower(const IndexMap& map, int axis) {
  std::optional<size_t> found;
  for (size_t i = 0; i < map.results.size(); ++i) {
    if (map.results[i].coefficients[axis] == 0) continue;
    if (found || map.results[i].coefficients[axis] != 1) return {};
    found = i;
  }
  return found;
}

/// An operand of a contraction, read in rows along `axis` of the domain. Where it can, it is transposed first
/// so that rows have stride 1: the walk through a large matrix by columns costs more than all of the
/// arithmetic.
template <typename Real>
class ContractionSide {
 public:
  ContractionSide(const IndexMap& map, const Shape& domain, const Elements<Real>& elements, int axis)
      : axis_(axis), data_(&elements.reals), access_(map, domain, elements.type.shape) {
    const std::optional<size_t> inner = follower(map, axis);
    if (!inner || access_.stride(axis) == 1) return;
    IndexMap moved = map;
    Shape shape = elements.type.shape;
    std::vector<int> axes = other_axes(rank_of(shape), {});
    std::rotate(moved.results.begin() + *inner, moved.results.begin() + *inner + 1, moved.results.end());
    std::rotate(shape.begin() + *inner, shape.begin() + *inner + 1, shape.end());
    // Axis k of the original is where it went.
    std::rotate(axes.begin() + *inner, axes.end() - 1, axes.end());
    transposed_ =
        reindex_elements(Reindex{projection(rank_of(shape), axes)}, elements, Type{DType::f32, shape});
    data_ = &transposed_.reals;
    access_ = RowAccess(moved, domain, shape);
  }
  ContractionSide(const ContractionSide&) = delete;
  ContractionSide& operator=(const ContractionSide&) = delete;

  Row row(const std::vector<int64_t>& point) const { return access_.row(point, axis_); }
  const Real* at(const Row& row, int64_t j) const { return data_->data() + row.base + j * row.stride; }

 private:
  int axis_;
  Elements<Real> transposed_;
  const std::vector<Real>* data_;
  RowAccess access_;
};

/// A contraction, one row of the result at a time, along its longest axis: every element's chain of fma is
/// its own.
template <typename Real>
std::vector<Real> contraction(const Contract& op, const Elements<Real>& lhs, const Elements<Real>& rhs,
                              const Shape& result) {
  const auto axis = static_cast<int>(std::max_element(result.begin(), result.end()) - result.begin());
  const Shape domain = joined(result, op.summed);
  const ContractionSide<Real> lhs_side(op.lhs, domain, lhs, axis), rhs_side(op.rhs, domain, rhs, axis);
  const Affine place{0, row_major_strides(result)};
  std::vector<Real> out(static_cast<size_t>(element_count(result)));
  std::vector<Real> sums(static_cast<size_t>(result[axis]));
  for_each_row(result, axis, [&](const std::vector<int64_t>& result_point) {
    std::vector<int64_t> point = joined(result_point, Shape(op.summed.size(), 0));
    std::fill(sums.begin(), sums.end(), Real{0});
    for_each_point(op.summed, [&](const std::vector<int64_t>& summed_point) {
      std::copy(summed_point.begin(), summed_point.end(),
                point.end() - static_cast<int64_t>(summed_point.size()));
      const Row l = lhs_side.row(point), r = rhs_side.row(point);
      const int64_t begin = std::max(l.begin, r.begin), end = std::min(l.end, r.end);
      if (begin >= end) return;
      accumulate(sums.data() + begin, lhs_side.at(l, begin), l.stride, rhs_side.at(r, begin), r.stride,
                 end - begin);
    });
    const int64_t base = place.at(result_point);
    for (int64_t j = 0; j < result[axis]; ++j) out[base + j * place.coefficients[axis]] = sums[j];
  });
  return out;
}

}  // namespace

template <typename Real>
Elements<Real> reduce_elements(const Reduce& op, const Elements<Real>& in, const Type& type) {
  auto out = filled<Real>(type, 0);
  const bool adds = op.fn == ReduceFn::add;
  if (type.dtype == DType::f32) {
    const Real start = adds ? Real{0} : -std::numeric_limits<Real>::infinity();
    out.reals = reduce(in.reals, in.type.shape, op, out.reals.size(), start,
                       [adds](Real a, Real b) { return adds ? a + b : larger(a, b); });
  } else {
    const int64_t start = adds ? 0 : std::numeric_limits<int32_t>::min();
    out.ints = reduce(in.ints, in.type.shape, op, out.ints.size(), start, [adds](int64_t a, int64_t b) {
      return adds ? int64_t{static_cast<int32_t>(static_cast<uint32_t>(a + b))} : std::max(a, b);
    });
  }
  return out;
}

template <typename Real>
Elements<Real> scatter_elements(const Scatter& op, const Elements<Real>& in, const Type& type) {
  auto out = filled<Real>(type, 0);
  const RowDomain domain = with_rows(in.type.shape, op.map);
  const RowAccess access(domain.map, domain.shape, type.shape);
  const int axis = domain.last_axis();
  const Real* term = in.reals.data();
  for_each_row(domain.shape, axis, [&](const std::vector<int64_t>& point) {
    const Row row = access.row(point, axis);
    for (int64_t j = row.begin; j < row.end; ++j) out.reals[row.base + j * row.stride] += term[j];
    term += domain.shape[axis];
  });
  return out;
}

template <typename Real>
Elements<Real> deposit_elements(const Elements<Real>& indices, const Elements<Real>& rows, const Type& type) {
  auto out = filled<Real>(type, 0);
  const size_t count = indices.ints.size(), width = count == 0 ? 0 : rows.reals.size() / count;
  for (size_t b = 0; b < count; ++b) {
    const int64_t at = indices.ints[b];
    if (at < 0 || at >= type.shape[0]) continue;
    Real* row = out.reals.data() + at * static_cast<int64_t>(width);
    for (size_t i = 0; i < width; ++i) row[i] += rows.reals[b * width + i];
  }
  return out;
}

template <typename Real>
Elements<Real> contract_elements(const Contract& op, const Elements<Real>& lhs, const Elements<Real>& rhs,
                                 const Type& type) {
  auto out = filled<Real>(type, 0);
  if (!out.reals.empty()) out.reals = contraction(op, lhs, rhs, type.shape);
  return out;
}

template Elements<float> reduce_elements(const Reduce&, const Elements<float>&, const Type&);
template Elements<double> reduce_elements(const Reduce&, const Elements<double>&, const Type&);
template Elements<float> scatter_elements(const Scatter&, const Elements<float>&, const Type&);
template Elements<double> scatter_elements(const Scatter&, const Elements<double>&, const Type&);
template Elements<float> deposit_elements(const Elements<float>&, const Elements<float>&, const Type&);
template Elements<double> deposit_elements(const Elements<double>&, const Elements<double>&, const Type&);
template Elements<float> contract_elements(const Contract&, const Elements<float>&, const Elements<float>&,
                                           const Type&);
template Elements<double> contract_elements(const Contract&, const Elements<double>&, const Elements<double>&,
                                            const Type&);

}  // namespace cgan_jit
