#include "passes/graph/traits.h"

#include <gtest/gtest.h>

#include <bit>
#include <set>

#include "ir/interpret.h"
#include "ir/moves.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "passes/graph/access.h"
#include "tests/support/op_examples.h"

// What the table of traits says of every op, against what the interpreter shows.

namespace cgan_jit {

static void PrintTo(const OpExample& example, std::ostream* out) { *out << print(example.graph); }

namespace {

constexpr uint64_t runs = 16;

/// The element's bits; integers are what they are.
int64_t bits(const Elements<float>& elements, size_t e) {
  return elements.ints.empty() ? std::bit_cast<int32_t>(elements.reals[e]) : elements.ints[e];
}

size_t count_of(const Graph& graph, Value value) {
  return static_cast<size_t>(element_count(graph.shape(value)));
}

/// Another number, a large one if it is real: whatever is compared with it is less.
void move_element(Elements<float>& elements, size_t e) {
  if (elements.ints.empty())
    elements.reals[e] += 1000;
  else
    elements.ints[e] = elements.type.dtype == DType::boolean ? 1 - elements.ints[e] : elements.ints[e] + 1;
}

Elements<float> result_of(const OpExample& example, const Environment<float>& environment) {
  return interpret(example.graph, environment).at("out");
}

/// Pairs of an operand's element and an element of the result.
using Reach = std::set<std::pair<size_t, size_t>>;

/// Those where the one changes the other.
Reach seen_reach(const OpExample& example, Value operand, const Environment<float>& environment) {
  const std::string& name = std::get<Input>(example.graph[operand].op).name;
  const Elements<float> before = result_of(example, environment);
  Reach reach;
  for (size_t from = 0; from < count_of(example.graph, operand); ++from) {
    Environment<float> moved = environment;
    move_element(moved.at(name), from);
    const Elements<float> after = result_of(example, moved);
    for (size_t to = 0; to < count_of(example.graph, example.value()); ++to) {
      if (bits(before, to) != bits(after, to)) reach.emplace(from, to);
    }
  }
  return reach;
}

bool is_outside(const Coordinates& coordinates, const std::vector<int64_t>& point, const Shape& shape) {
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const int64_t at = coordinates[axis] ? coordinates[axis]->at(point) : 0;
    if (at < 0 || at >= shape[axis]) return true;
  }
  return false;
}

/// The numbers of the elements that have the coordinates which are known.
std::vector<size_t> elements_at(const Coordinates& coordinates, const std::vector<int64_t>& point,
                                const Shape& shape) {
  std::vector<size_t> numbers;
  size_t number = 0;
  for_each_point(shape, [&](const std::vector<int64_t>& element) {
    bool fits = true;
    for (size_t axis = 0; axis < shape.size(); ++axis)
      fits = fits && (!coordinates[axis] || coordinates[axis]->at(point) == element[axis]);
    if (fits) numbers.push_back(number);
    ++number;
  });
  return numbers;
}

/// Those of which the traits say that some point reads the one and writes the other.
Reach told_reach(const OpExample& example, size_t k) {
  const Graph& graph = example.graph;
  const Value value = example.value();
  const std::vector<Value>& operands = graph[value].operands;
  const Coordinates written = written_coordinates(graph, value);
  std::vector<Coordinates> reads;
  for (size_t other = 0; other < operands.size(); ++other)
    reads.push_back(read_coordinates(graph, value, other));
  Reach reach;
  for_each_point(iteration_space(graph, value), [&](const std::vector<int64_t>& point) {
    bool outside = is_outside(written, point, graph.shape(value));
    for (size_t other = 0; other < operands.size(); ++other)
      outside = outside || is_outside(reads[other], point, graph.shape(operands[other]));
    if (outside) return;
    for (size_t from : elements_at(reads[k], point, graph.shape(operands[k]))) {
      for (size_t to : elements_at(written, point, graph.shape(value))) reach.emplace(from, to);
    }
  });
  return reach;
}

/// Whether the coordinates leave something open that is known all the same: where a part begins, and how
/// elements are regrouped.
bool says_less(const OpExample& example, size_t k) {
  const Access access = traits_of(example.node().op).reads[std::min<size_t>(k, 1)];
  return std::holds_alternative<access::Part>(access) || std::holds_alternative<access::Regrouped>(access);
}

/// The most elements of an operand that one element of the result depends on.
size_t most_read(const Reach& reach) {
  std::map<size_t, size_t> read;
  size_t most = 0;
  for (const auto& [from, to] : reach) most = std::max(most, ++read[to]);
  return most;
}

class EveryOp : public testing::TestWithParam<OpExample> {};

TEST_P(EveryOp, ReadsBackFromItsText) {
  const Graph& graph = GetParam().graph;
  verify(graph);
  EXPECT_EQ(parse(print(graph)), graph);
  Graph again = graph;
  const Node& node = GetParam().node();
  EXPECT_EQ(again.add(node.op, node.operands, node.type), GetParam().value());
}

TEST_P(EveryOp, ReadsAndWritesWhereItsTraitsSay) {
  const OpExample& example = GetParam();
  const std::vector<Value>& operands = example.node().operands;
  for (size_t k = 0; k < operands.size(); ++k) {
    SCOPED_TRACE(k);
    Reach seen;
    for (uint64_t seed = 0; seed < runs; ++seed)
      seen.merge(seen_reach(example, operands[k], random_environment<float>(example.graph, seed)));
    Reach told = told_reach(example, k);
    if (says_less(example, k)) {
      EXPECT_TRUE(std::includes(told.begin(), told.end(), seen.begin(), seen.end()));
      EXPECT_FALSE(seen.empty());
    } else {
      EXPECT_EQ(seen, told);
    }
  }
}

// The same as maps, which is what most passes look at.
TEST_P(EveryOp, HasReadsForItsOperands) {
  const OpExample& example = GetParam();
  const std::vector<Read> reads = reads_of(example.graph, example.value());
  ASSERT_EQ(reads.size(), example.node().operands.size());
  for (size_t k = 0; k < reads.size(); ++k) {
    EXPECT_EQ(reads[k].base, example.node().operands[k]);
    EXPECT_EQ(reads[k].map, read_map(example.graph, example.value(), k));
  }
}

TEST_P(EveryOp, ComesByItsElementsAsItsKindSays) {
  const OpExample& example = GetParam();
  const std::vector<Value>& operands = example.node().operands;
  const Environment<float> environment = random_environment<float>(example.graph, 1);
  const Elements<float> result = result_of(example, environment);
  size_t most = 0;
  std::set<int64_t> given;
  for (Value operand : operands) {
    most = std::max(most, most_read(seen_reach(example, operand, environment)));
    const Elements<float>& elements = environment.at(std::get<Input>(example.graph[operand].op).name);
    for (size_t e = 0; e < count_of(example.graph, operand); ++e) given.insert(bits(elements, e));
  }
  if (const auto* reindex = as<Reindex>(example.node()))
    given.insert(std::bit_cast<int32_t>(static_cast<float>(reindex->fill)));
  switch (kind_of(example.node())) {
    case OpKind::stored:
      EXPECT_TRUE(operands.empty());
      ASSERT_EQ(environment.size(), 1u);
      EXPECT_EQ(result.reals, environment.begin()->second.reals);
      return;
    case OpKind::immediate:
      EXPECT_TRUE(operands.empty());
      EXPECT_TRUE(environment.empty());
      return;
    case OpKind::view:
      EXPECT_EQ(operands.size(), 1u);
      [[fallthrough]];
    case OpKind::assembled:
      for (size_t e = 0; e < result.reals.size(); ++e) EXPECT_TRUE(given.contains(bits(result, e)));
      EXPECT_EQ(most, 1u);
      return;
    case OpKind::elementwise:
      EXPECT_EQ(iteration_space(example.graph, example.value()), result.type.shape);
      EXPECT_EQ(most, 1u);
      return;
    case OpKind::reduced:
    case OpKind::anchor:
      EXPECT_GT(most, 1u);
      return;
  }
  FAIL() << "an op of no kind";
}

std::string name_of_case(const testing::TestParamInfo<OpExample>& info) {
  const std::string text = print(info.param.node(), info.param.value());
  const size_t begin = text.find('=') + 2;
  return fmt::format("{}_{}", text.substr(begin, text.find(' ', begin) - begin), info.index);
}

INSTANTIATE_TEST_SUITE_P(Traits, EveryOp, testing::ValuesIn(op_examples()), name_of_case);

}  // namespace
}  // namespace cgan_jit
