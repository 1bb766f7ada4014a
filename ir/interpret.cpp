#include "ir/interpret.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "ir/elementwise.h"
#include "ir/philox.h"
#include "ir/row_access.h"
#include "ir/standard_floats.h"

namespace cgan_jit {

namespace {

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

Shape joined(Shape first, const Shape& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

/// A domain with at least one axis, so that it has rows.
struct Domain {
  Shape shape;
  IndexMap map;
};

Domain with_rows(Shape shape, IndexMap map) {
  if (!shape.empty()) return {std::move(shape), std::move(map)};
  map.rank = 1;
  for (Affine& result : map.results) result.coefficients = {0};
  return {{1}, std::move(map)};
}

int last_axis(const Shape& shape) { return static_cast<int>(shape.size()) - 1; }

template <typename T>
void reindex(const std::vector<T>& in, const Shape& in_shape, Domain domain, T fill, std::vector<T>& out) {
  const RowAccess access(domain.map, domain.shape, in_shape);
  const int axis = last_axis(domain.shape);
  T* place = out.data();
  for_each_row(domain.shape, axis, [&](const std::vector<int64_t>& point) {
    const Row row = access.row(point, axis);
    std::fill_n(place, domain.shape[axis], fill);
    for (int64_t j = row.begin; j < row.end; ++j) place[j] = in[row.base + j * row.stride];
    place += domain.shape[axis];
  });
}

template <typename Real>
void scatter(const std::vector<Real>& in, Domain domain, const Shape& out_shape, std::vector<Real>& out) {
  const RowAccess access(domain.map, domain.shape, out_shape);
  const int axis = last_axis(domain.shape);
  const Real* term = in.data();
  for_each_row(domain.shape, axis, [&](const std::vector<int64_t>& point) {
    const Row row = access.row(point, axis);
    for (int64_t j = row.begin; j < row.end; ++j) out[row.base + j * row.stride] += term[j];
    term += domain.shape[axis];
  });
}

std::vector<int> axes_without(int rank, const std::vector<int>& gone) {
  std::vector<int> kept;
  for (int axis = 0; axis < rank; ++axis) {
    if (std::find(gone.begin(), gone.end(), axis) == gone.end()) kept.push_back(axis);
  }
  return kept;
}

/// partials[out * lanes + l] combines, row-major, the terms of `in` whose coordinate on the last reduced axis
/// is l modulo `lanes`.
template <typename T, typename Combine>
void reduce_into(const std::vector<T>& in, const Shape& in_shape, const std::vector<int>& axes, int64_t lanes,
                 Combine combine, std::vector<T>& partials) {
  const std::vector<int> kept = axes_without(static_cast<int>(in_shape.size()), axes);
  Shape out_shape;
  for (int axis : kept) out_shape.push_back(in_shape[axis]);
  const RowAccess access(projection(static_cast<int>(in_shape.size()), kept), in_shape, out_shape);
  const int axis = last_axis(in_shape);
  const T* term = in.data();
  for_each_row(in_shape, axis, [&](const std::vector<int64_t>& point) {
    const Row row = access.row(point, axis);
    const int64_t lane = point[axes.back()] % lanes, lane_step = axes.back() == axis ? 1 : 0;
    for (int64_t j = 0; j < in_shape[axis]; ++j) {
      T& partial = partials[(row.base + j * row.stride) * lanes + (lane + j * lane_step) % lanes];
      partial = combine(partial, *term++);
    }
  });
}

template <typename T, typename Combine>
std::vector<T> reduce(const std::vector<T>& in, const Shape& in_shape, const Reduce& op, size_t out_count,
                      T start, Combine combine) {
  const size_t lanes = op.order == Order::lanes16 ? 16 : 1;
  std::vector<T> partials(out_count * lanes, start);
  reduce_into(in, in_shape, op.axes, static_cast<int64_t>(lanes), combine, partials);
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

template <typename T>
void gather(const std::vector<T>& table, int64_t rows, const std::vector<int64_t>& indices,
            std::vector<T>& out) {
  const size_t width = indices.empty() ? 0 : out.size() / indices.size();
  for (size_t b = 0; b < indices.size(); ++b) {
    if (indices[b] < 0 || indices[b] >= rows) continue;
    std::copy_n(&table[0] + indices[b] * static_cast<int64_t>(width), width, &out[0] + b * width);
  }
}

template <typename T>
void place_part(const std::vector<T>& part, size_t part_width, size_t begin, size_t whole_width,
                std::vector<T>& out) {
  if (part.empty()) return;
  for (size_t row = 0; row * part_width < part.size(); ++row) {
    std::copy_n(part.data() + row * part_width, part_width, out.data() + row * whole_width + begin);
  }
}

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
    std::vector<int> axes = axes_without(static_cast<int>(shape.size()), {});
    std::rotate(moved.results.begin() + *inner, moved.results.begin() + *inner + 1, moved.results.end());
    std::rotate(shape.begin() + *inner, shape.begin() + *inner + 1, shape.end());
    // Axis k of the original is where it went.
    std::rotate(axes.begin() + *inner, axes.end() - 1, axes.end());
    transposed_.resize(elements.reals.size());
    reindex(elements.reals, elements.type.shape, {shape, projection(static_cast<int>(shape.size()), axes)},
            Real{0}, transposed_);
    data_ = &transposed_;
    access_ = RowAccess(moved, domain, shape);
  }
  ContractionSide(const ContractionSide&) = delete;
  ContractionSide& operator=(const ContractionSide&) = delete;

  Row row(const std::vector<int64_t>& point) const { return access_.row(point, axis_); }
  const Real* at(const Row& row, int64_t j) const { return data_->data() + row.base + j * row.stride; }

 private:
  int axis_;
  std::vector<Real> transposed_;
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

template <typename Real>
size_t stored_count(const Elements<Real>& elements) {
  return elements.type.dtype == DType::f32 ? elements.reals.size() : elements.ints.size();
}

/// Values of a graph's nodes, computed one by one.
template <typename Real>
class Interpreter {
 public:
  Interpreter(const Graph& graph, const Environment<Real>& environment)
      : graph_(graph), environment_(environment), owned_(graph.size()), values_(graph.size(), nullptr) {}

  const Elements<Real>& value(Value at) const { return *values_[index(at)]; }

  void compute(Value at) {
    const Node& node = graph_[at];
    if (const auto* input = as<Input>(node)) {
      values_[index(at)] = &given(input->name, node.type);
    } else if (const auto* param = as<Param>(node)) {
      values_[index(at)] = &given(param->name, node.type);
    } else {
      node_ = &node;
      owned_[index(at)] = std::visit(*this, node.op);
      values_[index(at)] = &owned_[index(at)];
    }
  }

  void release(Value at) { owned_[index(at)] = {}; }

  Elements<Real> operator()(const Input&) { throw InternalError("internal error: inputs are given"); }
  Elements<Real> operator()(const Param&) { throw InternalError("internal error: params are given"); }

  Elements<Real> operator()(const Const& op) { return filled<Real>(node_->type, op.value); }

  Elements<Real> operator()(const Iota& op) {
    Elements<Real> out = zeros();
    size_t place = 0;
    for_each_point(node_->type.shape,
                   [&](const std::vector<int64_t>& at) { out.ints[place++] = at[op.axis]; });
    return out;
  }

  Elements<Real> operator()(const Random& op) {
    Elements<Real> out = zeros();
    const auto seed = static_cast<uint32_t>(operand(0).ints[0]),
               step = static_cast<uint32_t>(operand(1).ints[0]);
    for (size_t e = 0; e < out.ints.size(); e += 4) {
      const auto words = philox({static_cast<uint32_t>(e / 4), op.stream, step, 0}, {seed, 0});
      for (size_t word = 0; word < 4 && e + word < out.ints.size(); ++word) out.ints[e + word] = words[word];
    }
    return out;
  }

  Elements<Real> operator()(const Map& op) {
    std::vector<const Elements<Real>*> operands;
    for (Value operand : node_->operands) operands.push_back(&value(operand));
    return map_elements(op.fn, operands);
  }

  Elements<Real> operator()(const Reindex& op) {
    Elements<Real> out = zeros();
    const Elements<Real>& in = operand(0);
    Domain domain = with_rows(node_->type.shape, op.map);
    if (holds_reals()) {
      reindex(in.reals, in.type.shape, std::move(domain), static_cast<Real>(op.fill), out.reals);
    } else {
      reindex(in.ints, in.type.shape, std::move(domain), static_cast<int64_t>(op.fill), out.ints);
    }
    return out;
  }

  Elements<Real> operator()(const Scatter& op) {
    Elements<Real> out = zeros();
    scatter(operand(0).reals, with_rows(operand(0).type.shape, op.map), node_->type.shape, out.reals);
    return out;
  }

  Elements<Real> operator()(const Reduce& op) {
    Elements<Real> out = zeros();
    const Elements<Real>& in = operand(0);
    const bool adds = op.fn == ReduceFn::add;
    if (holds_reals()) {
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

  Elements<Real> operator()(const Gather&) {
    Elements<Real> out = zeros();
    const Elements<Real>& table = operand(0);
    if (holds_reals()) {
      gather(table.reals, table.type.shape[0], operand(1).ints, out.reals);
    } else {
      gather(table.ints, table.type.shape[0], operand(1).ints, out.ints);
    }
    return out;
  }

  Elements<Real> operator()(const Deposit&) {
    Elements<Real> out = zeros();
    const std::vector<int64_t>& indices = operand(0).ints;
    const std::vector<Real>& rows = operand(1).reals;
    const size_t width = indices.empty() ? 0 : rows.size() / indices.size();
    for (size_t b = 0; b < indices.size(); ++b) {
      if (indices[b] < 0 || indices[b] >= node_->type.shape[0]) continue;
      Real* row = out.reals.data() + indices[b] * static_cast<int64_t>(width);
      for (size_t i = 0; i < width; ++i) row[i] += rows[b * width + i];
    }
    return out;
  }

  Elements<Real> operator()(const Concat& op) {
    Elements<Real> out = zeros();
    const size_t whole_width = row_width(node_->type.shape, op.axis);
    size_t begin = 0;
    for (Value operand : node_->operands) {
      const Elements<Real>& part = value(operand);
      const size_t part_width = row_width(part.type.shape, op.axis);
      place_part(part.reals, part_width, begin, whole_width, out.reals);
      place_part(part.ints, part_width, begin, whole_width, out.ints);
      begin += part_width;
    }
    return out;
  }

  Elements<Real> operator()(const Reshape&) {
    Elements<Real> out = operand(0);
    out.type = node_->type;
    return out;
  }

  Elements<Real> operator()(const Detach&) { return operand(0); }

  Elements<Real> operator()(const Contract& op) {
    Elements<Real> out = zeros();
    if (!out.reals.empty()) out.reals = contraction(op, operand(0), operand(1), node_->type.shape);
    return out;
  }

 private:
  const Elements<Real>& given(const std::string& name, const Type& type) const {
    const auto found = environment_.find(name);
    if (found == environment_.end()) throw Error("no value is given for \"{}\"", name);
    const Elements<Real>& elements = found->second;
    if (elements.type != type) {
      throw Error("\"{}\" is {}, but the value given is {}", name, to_string(type), to_string(elements.type));
    }
    if (stored_count(elements) != static_cast<size_t>(element_count(type.shape))) {
      throw Error("\"{}\" is {}, but {} elements are given", name, to_string(type), stored_count(elements));
    }
    return elements;
  }

  const Elements<Real>& operand(size_t i) const { return value(node_->operands[i]); }
  bool holds_reals() const { return node_->type.dtype == DType::f32; }
  Elements<Real> zeros() const { return filled<Real>(node_->type, 0); }

  /// Elements from one coordinate of the axes before `axis` to the next.
  static size_t row_width(const Shape& shape, int axis) {
    return static_cast<size_t>(element_count(Shape(shape.begin() + axis, shape.end())));
  }

  const Graph& graph_;
  const Environment<Real>& environment_;
  std::vector<Elements<Real>> owned_;
  std::vector<const Elements<Real>*> values_;
  const Node* node_ = nullptr;  // under way
};

}  // namespace

template <typename Real>
Environment<Real> interpret(const Graph& graph, const Environment<Real>& environment) {
  const StandardFloats standard;
  const std::vector<bool> live = live_nodes(graph);
  std::vector<int> readers(graph.size(), 0);
  for (uint32_t i = 0; i < graph.size(); ++i) {
    if (!live[i]) continue;
    for (Value operand : graph.nodes()[i].operands) ++readers[index(operand)];
  }
  for (const Output& output : graph.outputs()) ++readers[index(output.value)];

  Interpreter<Real> interpreter(graph, environment);
  for (uint32_t i = 0; i < graph.size(); ++i) {
    if (!live[i]) continue;
    interpreter.compute(Value{i});
    for (Value operand : graph.nodes()[i].operands) {
      if (--readers[index(operand)] == 0) interpreter.release(operand);
    }
  }
  Environment<Real> outputs;
  for (const Output& output : graph.outputs()) outputs.emplace(output.name, interpreter.value(output.value));
  return outputs;
}

template <typename Real>
std::vector<Elements<Real>> interpret_all(const Graph& graph, const Environment<Real>& environment) {
  const StandardFloats standard;
  Interpreter<Real> interpreter(graph, environment);
  std::vector<Elements<Real>> values;
  for (uint32_t i = 0; i < graph.size(); ++i) {
    interpreter.compute(Value{i});
    values.push_back(interpreter.value(Value{i}));
  }
  return values;
}

template Environment<float> interpret(const Graph&, const Environment<float>&);
template Environment<double> interpret(const Graph&, const Environment<double>&);
template std::vector<Elements<float>> interpret_all(const Graph&, const Environment<float>&);
template std::vector<Elements<double>> interpret_all(const Graph&, const Environment<double>&);

}  // namespace cgan_jit
