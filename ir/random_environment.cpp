#include <algorithm>
#include <limits>

#include "ir/interpret.h"
#include "ir/overloaded.h"
#include "ir/philox.h"
#include "ir/standard_floats.h"

namespace cgan_jit {

namespace {

constexpr int64_t any_bound = std::numeric_limits<int64_t>::max();

/// For each i32 or u8 value, the number of rows of the smallest table that it is an index into.
std::vector<int64_t> index_bounds(const Graph& graph) {
  std::vector<int64_t> bounds(graph.size(), any_bound);
  const auto lower = [&](Value at, int64_t bound) { bounds[index(at)] = std::min(bounds[index(at)], bound); };
  for (size_t i = graph.size(); i-- > 0;) {
    const Node& node = graph.nodes()[i];
    const auto hand_on = [&] {
      for (Value operand : node.operands) lower(operand, bounds[i]);
    };
    std::visit(Overloaded{
                   [&](const Gather&) {
                     lower(node.operands[0], bounds[i]);
                     lower(node.operands[1], graph.shape(node.operands[0])[0]);
                   },
                   [&](const Deposit&) { lower(node.operands[0], node.type.shape[0]); },
                   [&](const Map& map) {
                     if (map.fn == Fn::to_i32) hand_on();
                   },
                   [&](const OneOf<Reindex, Reshape, Detach, Concat> auto&) { hand_on(); },
                   [](const OneOf<Input, Param, Const, Iota, Random, Scatter, Reduce, Contract> auto&) {},
               },
               node.op);
  }
  return bounds;
}

/// Words drawn for one name.
class Words {
 public:
  Words(const std::string& name, uint64_t seed)
      : key_{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)}, stream_(2166136261U) {
    // FNV-1a, so that a name's values do not depend on the other names.
    for (char c : name) stream_ = (stream_ ^ static_cast<uint8_t>(c)) * 16777619U;
  }

  uint32_t next() {
    if (at_ % 4 == 0) words_ = philox({static_cast<uint32_t>(at_ / 4), stream_, 0, 1}, key_);
    return words_[at_++ % 4];
  }
  int64_t below(int64_t bound) { return next() % std::max<int64_t>(bound, 1); }

 private:
  std::array<uint32_t, 2> key_;
  uint32_t stream_;
  std::array<uint32_t, 4> words_{};
  uint64_t at_ = 0;
};

int64_t random_integer(const std::string& name, const Type& type, int64_t bound, Words& words) {
  switch (type.dtype) {
    case DType::i32:
      return words.below(std::min<int64_t>(bound, 10));
    case DType::u32:
      return name == "step" ? 1 + words.below(1000) : words.next();
    case DType::u8:
      return words.below(std::min<int64_t>(bound, 256));
    case DType::boolean:
      return words.below(2);
    case DType::f32:
      break;
  }
  throw InternalError("internal error: f32 is no integer type");
}

template <typename Real>
Elements<Real> random_elements(const std::string& name, const Type& type, int64_t bound, uint64_t seed) {
  Elements<Real> elements{type, {}, {}};
  Words words(name, seed);
  for (int64_t i = 0; i < element_count(type.shape); ++i) {
    if (type.dtype != DType::f32) {
      elements.ints.push_back(random_integer(name, type, bound, words));
    } else {
      // 24 random bits over [-2, 2): exact as a float.
      elements.reals.push_back(static_cast<Real>((words.next() >> 8) * 0x1p-22 - 2));
    }
  }
  return elements;
}

}  // namespace

template <typename Real>
Environment<Real> random_environment(const Graph& graph, uint64_t seed) {
  const StandardFloats standard;
  const std::vector<int64_t> bounds = index_bounds(graph);
  Environment<Real> environment;
  for (uint32_t i = 0; i < graph.size(); ++i) {
    const Node& node = graph.nodes()[i];
    const auto* input = as<Input>(node);
    const auto* param = as<Param>(node);
    if (!input && !param) continue;
    const std::string& name = input ? input->name : param->name;
    environment.emplace(name, random_elements<Real>(name, node.type, bounds[i], seed));
  }
  return environment;
}

template Environment<float> random_environment(const Graph&, uint64_t);
template Environment<double> random_environment(const Graph&, uint64_t);

}  // namespace cgan_jit
