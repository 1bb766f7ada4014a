#include "passes/memory/kernel_order.h"

#include "passes/fuse/placement.h"

namespace cgan_jit {
namespace {

/// The bases of the parts of `concat`, and of theirs.
void add_parts(const Graph& graph, const Renamings& renamings, Value concat, std::set<Value>& parts) {
  std::vector<Value> open{concat};
  while (!open.empty()) {
    const Value whole = open.back();
    open.pop_back();
    for (Value part : graph[whole].operands) {
      const Value base = renamings.of(part).base;
      if (parts.insert(base).second && is_assembled(graph[base])) open.push_back(base);
    }
  }
}

/// What the kernel reads that others make: of a concat also what lies in it. Inputs and params are there
/// already, whoever copies them elsewhere.
std::set<Value> bases_of(const Graph& graph, const Renamings& renamings, const FusedKernel& kernel) {
  std::set<Value> bases;
  for (Value load : kernel.loads) {
    if (!is_stored_leaf(graph[load])) bases.insert(load);
  }
  for (Value node : kernel.nodes) {
    if (is_assembled(graph[node])) add_parts(graph, renamings, node, bases);  // what it copies
  }
  for (Value load : kernel.loads) {
    if (is_assembled(graph[load])) add_parts(graph, renamings, load, bases);
  }
  return bases;
}

std::vector<std::vector<int>> lists_of(const std::vector<std::set<int>>& sets) {
  std::vector<std::vector<int>> lists;
  for (const std::set<int>& set : sets) lists.emplace_back(set.begin(), set.end());
  return lists;
}

}  // namespace

Accesses accesses_of(const FusedGraph& fused) {
  const size_t count = fused.graph.size();
  Accesses accesses{std::vector<int>(count, -1), std::vector<std::vector<int>>(count)};
  for (int k = 0; k < static_cast<int>(fused.kernels.size()); ++k) {
    for (Value node : fused.kernels[k].results) accesses.writer[index(node)] = k;
    for (Value load : fused.kernels[k].loads) accesses.readers[index(load)].push_back(k);
  }
  return accesses;
}

std::vector<std::set<int>> data_order(const FusedGraph& fused, const Accesses& accesses) {
  const Renamings renamings(fused.graph);
  std::vector<std::set<int>> order(fused.kernels.size());
  for (int k = 0; k < static_cast<int>(order.size()); ++k) {
    for (Value base : bases_of(fused.graph, renamings, fused.kernels[k])) {
      const int writer = accesses.writer[index(base)];
      if (writer >= 0 && writer != k) order[k].insert(writer);
    }
  }
  return order;
}

KernelOrder::KernelOrder(const std::vector<std::set<int>>& data_order)
    : before_(data_order), waits_(lists_of(data_order)) {}

void KernelOrder::put_before(int kernel, int earlier) {
  if (!before_[kernel].insert(earlier).second) return;
  check(waits_.put_before(earlier, kernel), "kernels {} and {} wait for each other", kernel, earlier);
}

}  // namespace cgan_jit
