#include "passes/fuse/kernel_names.h"

#include <algorithm>
#include <set>

#include "ir/overloaded.h"
#include "passes/fuse/placement.h"
#include "passes/graph/shallow.h"

namespace cgan_jit {
namespace {

std::string owner_of(const std::string& param) { return param.substr(0, param.rfind('.')); }

/// The outputs that the kernel's results are, in their order.
std::vector<const Output*> outputs_of(const FusedGraph& fused, const FusedKernel& kernel) {
  std::set<size_t> numbers;
  for (Value result : kernel.results) {
    if (const auto found = fused.outputs_of.find(result); found != fused.outputs_of.end())
      numbers.insert(found->second.begin(), found->second.end());
  }
  std::vector<const Output*> outputs;
  for (size_t number : numbers) outputs.push_back(&fused.graph.outputs()[number]);
  return outputs;
}

/// The params that the kernel's results update, the anchor's own first.
std::vector<std::string> updated_params(const FusedGraph& fused, const FusedKernel& kernel) {
  std::vector<std::string> names;
  for (const Output* output : outputs_of(fused, kernel)) {
    if (output->updates) names.push_back(as<Param>(fused.graph[*output->updates])->name);
  }
  return names;
}

/// The shortest name: a param's own, not its moments'.
std::string main_name(std::vector<std::string> names) {
  return *std::min_element(names.begin(), names.end(),
                           [](const std::string& a, const std::string& b) { return a.size() < b.size(); });
}

/// The param that is read, or of which sums are.
const Param* weight_of(const Graph& graph, Value base) {
  const Node& node = graph[base];
  return as<Param>(as<Reduce>(node) ? graph[resolve(graph, node.operands[0]).base] : node);
}

std::string contract_name(const FusedGraph& fused, const FusedKernel& kernel) {
  const Graph& graph = fused.graph;
  const Value anchor = *kernel.anchor;
  for (const Read& read : reads_of(graph, anchor)) {
    const auto* param = weight_of(graph, read.base);
    if (!param || !read.map) continue;
    const std::vector<int64_t>& last = read.map->results.back().coefficients;
    const auto rank = static_cast<std::ptrdiff_t>(graph.shape(anchor).size());
    const bool sums_inputs = std::any_of(last.begin() + rank, last.end(), [](int64_t c) { return c != 0; });
    return fmt::format("{} {}", sums_inputs ? "forward" : "input gradient", owner_of(param->name));
  }
  const std::vector<std::string> updated = updated_params(fused, kernel);
  return updated.empty() ? "product" : "param gradient " + owner_of(main_name(updated));
}

std::string deposit_name(const FusedGraph& fused, const FusedKernel& kernel) {
  const std::vector<std::string> updated = updated_params(fused, kernel);
  return updated.empty() ? "deposit" : "row gradient " + owner_of(main_name(updated));
}

std::string anchor_name(const FusedGraph& fused, const FusedKernel& kernel) {
  using Name = std::string;
  return std::visit(Overloaded{
                        [&](const Contract&) { return contract_name(fused, kernel); },
                        [&](const Deposit&) { return deposit_name(fused, kernel); },
                        [](const Scatter&) { return Name("scatter"); },
                        [](const OneOf<Input, Param, Const, Iota, Random, Map, Reindex, Reduce, Gather,
                                       Concat, Reshape, Detach> auto&) -> Name {
                          throw InternalError("internal error: a kernel around what is no anchor");
                        },
                    },
                    fused.graph[*kernel.anchor].op);
}

std::string packed_name(const Graph& graph, Value copy) {
  const Value base = resolve(graph, graph[copy].operands[1]).base;
  const auto* input = as<Input>(graph[base]);
  return "pack " + (input ? input->name : to_string(graph.type(copy)));
}

std::string base_name(const FusedGraph& fused, const FusedKernel& kernel) {
  const Graph& graph = fused.graph;
  if (kernel.anchor) return anchor_name(fused, kernel);
  for (Value node : kernel.nodes) {
    if (!as<Gather>(graph[node])) continue;
    const Value table = resolve(graph, graph[node].operands[0]).base;
    if (const auto* param = as<Param>(graph[table])) return "rows of " + owner_of(param->name);
    if (const auto* input = as<Input>(graph[table])) return "rows of " + input->name;
  }
  for (const Output* output : outputs_of(fused, kernel)) {
    if (!output->updates) return output->name;
  }
  const std::vector<std::string> updated = updated_params(fused, kernel);
  if (!updated.empty()) return "update " + owner_of(main_name(updated));
  if (is_copy(graph[kernel.frame])) return packed_name(graph, kernel.frame);
  return fmt::format("map of {}", to_string(graph.type(kernel.frame)));
}

}  // namespace

std::string kernel_name(const FusedGraph& fused, int number) {
  const Graph& graph = fused.graph;
  const FusedKernel& kernel = fused.kernels[number];
  std::string name = base_name(fused, kernel);
  std::set<std::string> extras;
  for (Value node : kernel.nodes) {
    if (is_reduced(graph[node])) extras.insert("sums");
    if (as<Random>(graph[node])) extras.insert("random");
    if (const auto* map = as<Map>(graph[node]); map && expansion_of(map->fn))
      extras.insert(std::string(name_of(map->fn)));
  }
  for (const std::string& extra : extras) name += " + " + extra;
  if (const size_t updates = updated_params(fused, kernel).size())
    name += fmt::format(" + {} update{}", updates, updates == 1 ? "" : "s");
  return name;
}

}  // namespace cgan_jit
