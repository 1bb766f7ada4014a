#include "passes/lower/tiles.h"

#include <algorithm>
#include <set>

#include "ir/integer.h"
#include "passes/graph/access.h"
#include "passes/products/contract.h"
#include "passes/products/roles.h"

namespace cgan_jit {
namespace {

using loop::Block;
using loop::Compute;
using loop::For;
using loop::If;
using loop::Stmt;

/// Adds up the vector multiplications of all tiles, each as often as it runs; branches that shapes decide
/// count as taken.
class TileCounter {
 public:
  TileCounter(const loop::Kernel& kernel, int least_sums) : kernel_(kernel), least_sums_(least_sums) {}

  double run() {
    visit(kernel_.body, static_cast<double>(kernel_.units));
    return found_;
  }

 private:
  void visit(const Block& block, double times) {
    found_ += times * multiplications_in_tile(block) * loop::lanes;
    for (const Stmt& statement : block) {
      if (const auto* loop = std::get_if<For>(&statement.op)) visit(loop->body, times * trips(*loop));
      if (const auto* branch = std::get_if<If>(&statement.op)) visit(*branch, times);
    }
  }

  void visit(const If& branch, double times) {
    const bool by_unit = branch.index == loop::index_of(kernel_.unit);
    const double share = by_unit ? static_cast<double>(branch.below) / static_cast<double>(kernel_.units) : 1;
    visit(branch.then, times * share);
    visit(branch.otherwise, by_unit ? times * (1 - share) : times);
  }

  /// By the end that is known before the kernel runs.
  static double trips(const For& loop) {
    for (const loop::Index& end : loop.ends) {
      if (end.terms.empty())
        return static_cast<double>((end.offset - loop.begin.offset + loop.step - 1) / loop.step);
    }
    return 1;
  }

  /// acc = fma(a, b, acc) for enough registers acc.
  int multiplications_in_tile(const Block& block) const {
    std::set<loop::Reg> sums;
    int count = 0;
    for (const Stmt& statement : block) {
      const auto* compute = std::get_if<Compute>(&statement.op);
      if (!compute || compute->fn != Fn::fma || compute->args[2] != compute->dst) continue;
      if (!kernel_.regs[static_cast<size_t>(compute->dst)].vector) continue;
      sums.insert(compute->dst);
      ++count;
    }
    return static_cast<int>(sums.size()) >= least_sums_ ? count : 0;
  }

  const loop::Kernel& kernel_;
  const int least_sums_;
  double found_ = 0;
};

bool is_spread(const Graph& graph, Value value) {
  const Read read = resolve(graph, value);
  return element_count(graph.shape(read.base)) < element_count(graph.shape(value));
}

/// A sum over a product that `contract` leaves as it is: a side lacks an axis of its own.
bool sums_a_product(const Graph& graph, const Reduce& reduce, Value term) {
  const auto* product = as<Map>(graph[term]);
  if (reduce.fn != ReduceFn::add || !product || product->fn != Fn::mul) return false;
  const std::vector<Value>& factors = graph[term].operands;
  return is_spread(graph, factors[0]) || is_spread(graph, factors[1]);
}

/// Along some axis, half of the lanes find work, and there are vectors enough for a tile.
bool fills_a_tile(const Shape& shape) {
  return std::any_of(shape.begin(), shape.end(), [&](int64_t extent) {
    return extent >= least_lanes &&
           element_count(shape) / extent * ceil_div(extent, loop::lanes) >= least_sums;
  });
}

double multiplications_of(const Graph& graph, Value value) {
  const Node& node = graph[value];
  if (!fills_a_tile(node.type.shape)) return 0;
  if (const auto* contract = as<Contract>(node))
    return static_cast<double>(element_count(node.type.shape) * element_count(contract->summed));
  const auto* reduce = as<Reduce>(node);
  const bool counts = reduce && sums_a_product(graph, *reduce, node.operands[0]);
  return counts ? static_cast<double>(element_count(graph.shape(node.operands[0]))) : 0;
}

}  // namespace

double Multiplications::useful() const { return in_tiles <= 2 * needed ? std::min(in_tiles, needed) : 0; }

// Eight registers of AVX-512, six of AVX2, which has two for a vector of the loops.
int least_sums_of_a_tile(const Target& target) { return target.vector_floats >= 16 ? least_sums : 3; }

Multiplications multiplications_of(const Graph& graph, const LoweredKernel& kernel, const Target& target) {
  Multiplications found;
  for (Value node : kernel.nodes) {
    const double needed = multiplications_of(graph, node);
    if (needed >= large_sum) found.needed += needed;
  }
  if (found.needed > 0) found.in_tiles = TileCounter(kernel.loops, least_sums_of_a_tile(target)).run();
  return found;
}

Multiplications multiplications_of(const LoweredProgram& program, const Target& target) {
  Multiplications all;
  for (const LoweredKernel& kernel : program.kernels) {
    const Multiplications found = multiplications_of(program.graph, kernel, target);
    all.needed += found.needed;
    all.in_tiles += found.useful();
  }
  return all;
}

}  // namespace cgan_jit
