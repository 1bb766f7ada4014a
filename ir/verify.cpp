#include "ir/verify.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "ir/excerpt.h"
#include "ir/integer.h"
#include "ir/regrouping.h"
#include "ir/text.h"

namespace cgan_jit {

namespace {

/// Ours alone: it never leaves this file. Carries what is wrong up to find_fault.
struct Refusal {
  std::string what;
};

template <typename... Args>
void expect(bool holds, fmt::format_string<Args...> text, Args&&... args) {
  if (!holds) throw Refusal{format_excerpts(text, std::forward<Args>(args)...)};
}

template <typename T>
bool is_exact_integer(double value) {
  return value >= std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max() &&
         value == std::trunc(value) && !(value == 0 && std::signbit(value));
}

bool is_exact(double value, DType dtype) {
  switch (dtype) {
    case DType::f32:
      return same_number(static_cast<double>(static_cast<float>(value)), value);
    case DType::i32:
      return is_exact_integer<int32_t>(value);
    case DType::u32:
      return is_exact_integer<uint32_t>(value);
    case DType::u8:
      return is_exact_integer<uint8_t>(value);
    case DType::boolean:
      return same_number(value, 0) || value == 1;
  }
  throw InternalError("internal error: no such element type");
}

void expect_exact(double value, DType dtype) {
  expect(is_exact(value, dtype), "{} is no {} number", value, name_of(dtype));
}

void expect_axis(int axis, const Shape& shape) {
  expect(axis >= 0 && axis < static_cast<int>(shape.size()), "no axis {} in {}", axis, to_string(shape));
}

void expect_map(const IndexMap& map, const Shape& domain, const Shape& target) {
  expect(map.rank == static_cast<int>(domain.size()), "the map is from {} axes, not from {}", map.rank,
         domain.size());
  expect(map.results.size() == target.size(), "the map gives {} coordinates for {}", map.results.size(),
         to_string(target));
  for (const Affine& result : map.results) {
    expect(result.coefficients.size() == domain.size(), "a result of the map has {} coefficients, not {}",
           result.coefficients.size(), domain.size());
  }
  expect(has_coordinates(map, domain), "the map leads beyond 31 bits");
}

void expect_shape(const Shape& actual, const Shape& expected) {
  expect(actual == expected, "the shape is {}, not {}", to_string(actual), to_string(expected));
}

void expect_dtype(DType actual, DType expected) {
  expect(actual == expected, "the element type is {}, not {}", name_of(actual), name_of(expected));
}

Shape without_axes(const Shape& shape, const std::vector<int>& axes) {
  const std::set<int> gone(axes.begin(), axes.end());
  Shape rest;
  for (int axis = 0; axis < static_cast<int>(shape.size()); ++axis) {
    if (!gone.contains(axis)) rest.push_back(shape[axis]);
  }
  return rest;
}

/// `whole` = prefix + rest; gives rest.
Shape after_prefix(const Shape& whole, const Shape& prefix) {
  expect(whole.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), whole.begin()),
         "{} does not begin with {}", to_string(whole), to_string(prefix));
  return Shape(whole.begin() + static_cast<int64_t>(prefix.size()), whole.end());
}

/// The rules of one node, given that its operands come earlier.
class NodeRules {
 public:
  NodeRules(const Graph& graph, const Node& node) : graph_(graph), node_(node), type_(node.type) {}

  void operator()(const Input& input) const {
    expect_operands(0);
    expect(!input.name.empty(), "an input needs a name");
  }

  void operator()(const Param& param) const {
    expect_operands(0);
    expect(!param.name.empty(), "a param needs a name");
  }

  void operator()(const Const& constant) const {
    expect_operands(0);
    expect_exact(constant.value, type_.dtype);
  }

  void operator()(const Iota& iota) const {
    expect_operands(0);
    expect_axis(iota.axis, type_.shape);
    expect_dtype(type_.dtype, DType::i32);
  }

  void operator()(const Random&) const {
    expect_operands(2);
    for (size_t i = 0; i < 2; ++i)
      expect(operand(i) == Type{DType::u32, {}}, "seed and step are u32 scalars");
    expect_dtype(type_.dtype, DType::u32);
    expect_numbered(type_.shape);
  }

  void operator()(const Map& map) const {
    expect_operands(arity_of(map.fn));
    std::vector<DType> dtypes;
    for (size_t i = 0; i < node_.operands.size(); ++i) {
      expect_shape(operand(i).shape, type_.shape);
      dtypes.push_back(operand(i).dtype);
    }
    const std::optional<DType> result = result_type(map.fn, dtypes);
    expect(result.has_value(), "{} is not for these element types", name_of(map.fn));
    expect_dtype(type_.dtype, *result);
  }

  void operator()(const Reindex& reindex) const {
    expect_operands(1);
    expect_dtype(type_.dtype, operand(0).dtype);
    expect_map(reindex.map, type_.shape, operand(0).shape);
    expect_exact(reindex.fill, type_.dtype);
  }

  void operator()(const Scatter& scatter) const {
    expect_operands(1);
    expect_dtype(operand(0).dtype, DType::f32);
    expect_dtype(type_.dtype, DType::f32);
    expect_map(scatter.map, operand(0).shape, type_.shape);
    expect_numbered(type_.shape);
  }

  void operator()(const Reduce& reduce) const {
    expect_operands(1);
    expect(!reduce.axes.empty(), "a reduce needs an axis");
    for (size_t i = 0; i < reduce.axes.size(); ++i) {
      expect_axis(reduce.axes[i], operand(0).shape);
      expect(i == 0 || reduce.axes[i - 1] < reduce.axes[i], "the axes of a reduce increase");
    }
    expect(type_.dtype == DType::f32 || type_.dtype == DType::i32, "a reduce is of f32 or i32");
    expect_dtype(type_.dtype, operand(0).dtype);
    expect_shape(type_.shape, without_axes(operand(0).shape, reduce.axes));
  }

  void operator()(const Gather&) const {
    expect_operands(2);
    const Type &table = operand(0), &indices = operand(1);
    expect(!table.shape.empty(), "the table of a gather has rows");
    expect_dtype(indices.dtype, DType::i32);
    expect_dtype(type_.dtype, table.dtype);
    expect_shape(type_.shape, joined(indices.shape, after_prefix(table.shape, {table.shape.front()})));
  }

  void operator()(const Deposit&) const {
    expect_operands(2);
    const Type &indices = operand(0), &rows = operand(1);
    expect_dtype(indices.dtype, DType::i32);
    expect_dtype(rows.dtype, DType::f32);
    expect_dtype(type_.dtype, DType::f32);
    expect(!type_.shape.empty(), "the result of a deposit has rows");
    expect_shape(type_.shape, joined({type_.shape.front()}, after_prefix(rows.shape, indices.shape)));
  }

  void operator()(const Concat& concat) const {
    expect(!node_.operands.empty(), "a concat needs a part");
    expect_axis(concat.axis, type_.shape);
    Shape whole = type_.shape;
    whole[concat.axis] = 0;
    for (size_t i = 0; i < node_.operands.size(); ++i) {
      Shape part = operand(i).shape;
      expect_dtype(operand(i).dtype, type_.dtype);
      expect_axis(concat.axis, part);
      whole[concat.axis] += part[concat.axis];
      part[concat.axis] = type_.shape[concat.axis];
      expect_shape(part, type_.shape);
    }
    expect_shape(type_.shape, whole);
  }

  void operator()(const Reshape&) const {
    expect_operands(1);
    expect_dtype(type_.dtype, operand(0).dtype);
    expect(element_count(type_.shape) == element_count(operand(0).shape), "{} elements do not fill {}",
           element_count(operand(0).shape), to_string(type_.shape));
    for (const Regrouping& group : regroupings(operand(0).shape, type_.shape)) expect_numbered(group.from);
  }

  void operator()(const Detach&) const {
    expect_operands(1);
    expect(type_ == operand(0), "the type is {}, not {}", to_string(type_), to_string(operand(0)));
  }

  void operator()(const Contract& contract) const {
    expect_operands(2);
    for (size_t i = 0; i < 2; ++i) expect_dtype(operand(i).dtype, DType::f32);
    expect_dtype(type_.dtype, DType::f32);
    const Shape space = joined(type_.shape, contract.summed);
    expect_extents(space);
    expect_map(contract.lhs, space, operand(0).shape);
    expect_map(contract.rhs, space, operand(1).shape);
  }

  /// What holds for every op.
  void common(uint32_t self) const {
    for (Value operand : node_.operands) {
      expect(index(operand) < self, "operand %{} does not come earlier", index(operand));
    }
    expect_extents(type_.shape);
    if (node_.layout) expect_layout(*node_.layout);
    expect(!node_.layout || !as<Input>(node_) || *node_.layout == row_major(type_.shape),
           "an input is row-major");
  }

 private:
  const Type& operand(size_t i) const { return graph_.type(node_.operands[i]); }

  void expect_operands(size_t count) const {
    expect(node_.operands.size() == count, "{} operands, not {}", node_.operands.size(), count);
  }

  static void expect_extents(const Shape& shape) {
    expect(static_cast<int>(shape.size()) <= most_axes, "{} axes are more than {}", shape.size(), most_axes);
    double count = 1;
    for (int64_t extent : shape) {
      expect(extent >= 0, "negative extent in {}", to_string(shape));
      expect(extent <= most_extent, "an axis of {} is longer than {}", to_string(shape), most_extent);
      count *= static_cast<double>(std::max<int64_t>(extent, 1));
    }
    expect(count <= static_cast<double>(most_elements), "{} has too many elements", to_string(shape));
  }

  /// Elements that are numbered at run time, in 32 bits.
  static void expect_numbered(const Shape& shape) {
    expect(element_count(shape) <= most_extent, "the elements of {} have no 31-bit numbers",
           to_string(shape));
  }

  static void expect_inner_axis(const Layout& layout, const Shape& shape) {
    expect_axis(layout.inner_axis, shape);
    const bool differs =
        layout.inner_axis != layout.lane_axis && with_inner_axis(layout, shape, layout.inner_axis) == layout;
    expect(differs, "{} lies so without axis {} as the inner one", to_string(shape), layout.inner_axis);
  }

  void expect_layout(const Layout& layout) const {
    const Shape& shape = type_.shape;
    if (layout == row_major(shape)) return;
    expect(!shape.empty(), "a scalar's layout is @0/1");
    expect_axis(layout.lane_axis, shape);
    if (layout.inner_axis != -1) expect_inner_axis(layout, shape);
    const int64_t widest = round_up(std::max<int64_t>(shape[layout.lane_axis], 1), 64);
    expect(layout.width > 0 && layout.width <= widest, "a block of {} lanes for {}", layout.width,
           to_string(shape));
    Shape padded = shape;
    padded[layout.lane_axis] = round_up(shape[layout.lane_axis], layout.width);
    expect(element_count(padded) <= most_elements, "{} has too many elements in blocks of {}",
           to_string(shape), layout.width);
  }

  const Graph& graph_;
  const Node& node_;
  const Type& type_;
};

/// Names of inputs, params and outputs: each is unique within its kind.
struct Names {
  std::set<std::string> inputs, params, outputs;
  std::set<uint32_t> updated;
};

void expect_new_name(std::set<std::string>& names, const std::string& name, std::string_view kind) {
  expect(names.insert(name).second, "two {} are called \"{}\"", kind, name);
}

void check_node(const Graph& graph, uint32_t self, Names& names) {
  const Node& node = graph.nodes()[self];
  const NodeRules rules(graph, node);
  rules.common(self);
  std::visit(rules, node.op);
  if (const auto* input = as<Input>(node)) expect_new_name(names.inputs, input->name, "inputs");
  if (const auto* param = as<Param>(node)) expect_new_name(names.params, param->name, "params");
}

void check_output(const Graph& graph, const Output& output, Names& names) {
  expect(index(output.value) < graph.size(), "there is no %{}", index(output.value));
  expect_new_name(names.outputs, output.name, "outputs");
  if (!output.updates) return;
  expect(index(*output.updates) < graph.size(), "there is no %{}", index(*output.updates));
  expect(as<Param>(graph[*output.updates]) != nullptr, "%{} is no param", index(*output.updates));
  expect(graph.type(output.value) == graph.type(*output.updates), "the update is {}, its param {}",
         to_string(graph.type(output.value)), to_string(graph.type(*output.updates)));
  expect(names.updated.insert(index(*output.updates)).second, "%{} is updated twice", index(*output.updates));
}

}  // namespace

bool has_coordinates(const IndexMap& map, Shape domain) {
  const auto fits = [](int64_t number) { return number >= -most_extent && number <= most_extent; };
  for (int64_t& extent : domain) extent = std::max<int64_t>(extent, 1);
  return std::all_of(map.results.begin(), map.results.end(), [&](const Affine& result) {
    const auto [low, high] = result.range(domain);
    return fits(result.offset) && fits(low) && fits(high) &&
           std::all_of(result.coefficients.begin(), result.coefficients.end(), fits);
  });
}

std::optional<std::string> find_fault(const Graph& graph, const Node& node) {
  try {
    const NodeRules rules(graph, node);
    rules.common(static_cast<uint32_t>(graph.size()));
    std::visit(rules, node.op);
  } catch (const Refusal& refusal) { return refusal.what; }
  return {};
}

std::optional<Fault> find_fault(const Graph& graph) {
  Names names;
  for (uint32_t i = 0; i < graph.size(); ++i) {
    try {
      check_node(graph, i, names);
    } catch (const Refusal& refusal) { return Fault{refusal.what, Value{i}, {}}; }
  }
  for (size_t i = 0; i < graph.outputs().size(); ++i) {
    try {
      check_output(graph, graph.outputs()[i], names);
    } catch (const Refusal& refusal) {
      return Fault{fmt::format("output \"{}\": {}", excerpt(graph.outputs()[i].name), refusal.what), {}, i};
    }
  }
  return {};
}

void verify(const Graph& graph) {
  const std::optional<Fault> fault = find_fault(graph);
  if (!fault) return;
  const std::string place = fault->node ? " in " + print(graph[*fault->node], *fault->node) : "";
  throw InternalError(fmt::format("internal error: verify: {}{}", fault->what, place));
}

}  // namespace cgan_jit
