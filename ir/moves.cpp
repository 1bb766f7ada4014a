#include "ir/moves.h"

#include <algorithm>

#include "ir/elementwise.h"
#include "ir/row_access.h"

namespace cgan_jit {

namespace {

template <typename T>
void reindex_into(const std::vector<T>& in, const Shape& in_shape, const RowDomain& domain, T fill,
                  std::vector<T>& out) {
  const RowAccess access(domain.map, domain.shape, in_shape);
  const int axis = domain.last_axis();
  T* place = out.data();
  for_each_row(domain.shape, axis, [&](const std::vector<int64_t>& point) {
    const Row row = access.row(point, axis);
    std::fill_n(place, domain.shape[axis], fill);
    for (int64_t j = row.begin; j < row.end; ++j) place[j] = in[row.base + j * row.stride];
    place += domain.shape[axis];
  });
}

template <typename T>
void gather_into(const std::vector<T>& table, int64_t rows, const std::vector<int64_t>& indices,
                 std::vector<T>& out) {
  const size_t width = indices.empty() ? 0 : out.size() / indices.size();
  for (size_t b = 0; b < indices.size(); ++b) {
    if (indices[b] < 0 || indices[b] >= rows) continue;
    std::copy_n(table.data() + indices[b] * static_cast<int64_t>(width), width, out.data() + b * width);
  }
}

/// Elements from one coordinate of the axes before `axis` to the next.
size_t row_width(const Shape& shape, int axis) {
  return static_cast<size_t>(element_count(Shape(shape.begin() + axis, shape.end())));
}

template <typename T>
void place_part(const std::vector<T>& part, size_t part_width, size_t begin, size_t whole_width,
                std::vector<T>& out) {
  if (part.empty()) return;
  for (size_t row = 0; row * part_width < part.size(); ++row) {
    std::copy_n(part.data() + row * part_width, part_width, out.data() + row * whole_width + begin);
  }
}

}  // namespace

template <typename Real>
Elements<Real> reindex_elements(const Reindex& op, const Elements<Real>& in, const Type& type) {
  auto out = filled<Real>(type, 0);
  const RowDomain domain = with_rows(type.shape, op.map);
  if (type.dtype == DType::f32) {
    reindex_into(in.reals, in.type.shape, domain, static_cast<Real>(op.fill), out.reals);
  } else {
    reindex_into(in.ints, in.type.shape, domain, static_cast<int64_t>(op.fill), out.ints);
  }
  return out;
}

template <typename Real>
Elements<Real> gather_elements(const Elements<Real>& table, const Elements<Real>& indices, const Type& type) {
  auto out = filled<Real>(type, 0);
  const int64_t rows = table.type.shape[0];
  if (type.dtype == DType::f32) {
    gather_into(table.reals, rows, indices.ints, out.reals);
  } else {
    gather_into(table.ints, rows, indices.ints, out.ints);
  }
  return out;
}

template <typename Real>
Elements<Real> concat_elements(const Concat& op, const std::vector<const Elements<Real>*>& parts,
                               const Type& type) {
  auto out = filled<Real>(type, 0);
  const size_t whole_width = row_width(type.shape, op.axis);
  size_t begin = 0;
  for (const Elements<Real>* part : parts) {
    const size_t part_width = row_width(part->type.shape, op.axis);
    place_part(part->reals, part_width, begin, whole_width, out.reals);
    place_part(part->ints, part_width, begin, whole_width, out.ints);
    begin += part_width;
  }
  return out;
}

template Elements<float> reindex_elements(const Reindex&, const Elements<float>&, const Type&);
template Elements<double> reindex_elements(const Reindex&, const Elements<double>&, const Type&);
template Elements<float> gather_elements(const Elements<float>&, const Elements<float>&, const Type&);
template Elements<double> gather_elements(const Elements<double>&, const Elements<double>&, const Type&);
template Elements<float> concat_elements(const Concat&, const std::vector<const Elements<float>*>&,
                                         const Type&);
template Elements<double> concat_elements(const Concat&, const std::vector<const Elements<double>*>&,
                                          const Type&);

}  // namespace cgan_jit
