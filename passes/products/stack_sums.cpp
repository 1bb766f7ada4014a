#include <algorithm>

#include "passes/graph/build.h"
#include "passes/products/stack_steps.h"
#include "passes/simplify/rules.h"

namespace cgan_jit {
namespace {

bool is_add(const Node& node) {
  const auto* map = as<Map>(node);
  return map && map->fn == Fn::add && node.type.dtype == DType::f32;
}

/// An add that is no term of another one.
std::vector<bool> sum_roots(const Graph& graph, const std::vector<int>& uses) {
  std::vector<bool> roots(graph.size(), false);
  for (uint32_t i = 0; i < graph.size(); ++i) roots[i] = is_add(graph.nodes()[i]);
  for (const Node& node : graph.nodes()) {
    for (Value operand : node.operands) {
      if (is_add(node) && uses[index(operand)] == 1) roots[index(operand)] = false;
    }
  }
  return roots;
}

/// A value in the old graph and in the new one.
struct Rebuilt {
  Value old, now;
};

/// The terms of an add, from left to right, those of adds that nobody else reads among them.
std::vector<Rebuilt> terms_of(const Graph& graph, const Graph& out, const std::vector<int>& uses,
                              Rebuilt sum) {
  std::vector<Rebuilt> terms, open{sum};
  while (!open.empty()) {
    const Rebuilt term = open.back();
    open.pop_back();
    const bool is_inner = is_add(graph[term.old]) && is_add(out[term.now]) && uses[index(term.old)] == 1;
    if (term.old != sum.old && !is_inner) {
      terms.push_back(term);
      continue;
    }
    for (size_t k : {1, 0}) open.push_back({graph[term.old].operands[k], out[term.now].operands[k]});
  }
  return terms;
}

bool is_alike(const Graph& graph, const Node& a, const Node& b) {
  return a.op == b.op && a.type == b.type && graph.type(a.operands[0]) == graph.type(b.operands[0]) &&
         graph.type(a.operands[1]) == graph.type(b.operands[1]);
}

/// Contractions and deposits sum over axes that their results lack: one axis more is a sum of several.
bool takes_another_sum(const Node& node) { return as<Contract>(node) || as<Deposit>(node); }

Op with_summed_axis(const Node& node, int64_t extent) {
  if (!as<Contract>(node)) return node.op;
  Contract op = *as<Contract>(node);
  const int place = rank_of(node.type.shape);
  op.summed.insert(op.summed.begin(), extent);
  op.lhs = along_new_axis(op.lhs, place);
  op.rhs = along_new_axis(op.rhs, place);
  return op;
}

/// The sum of terms of equal form as one that also sums over the new axis.
Value sum_in_one(Graph& graph, const std::vector<Value>& terms) {
  const Node& first = graph[terms[0]];
  std::vector<Value> operands;
  for (size_t k = 0; k < first.operands.size(); ++k) {
    std::vector<Value> parts;
    for (Value term : terms) parts.push_back(graph[term].operands[k]);
    operands.push_back(stacked(graph, parts));
  }
  return graph.add(with_summed_axis(first, static_cast<int64_t>(terms.size())), operands, first.type);
}

/// Terms that become one, in order of first appearance; `stackable` groups may grow.
struct TermGroup {
  std::vector<Value> terms;
  bool stackable;
};

std::vector<TermGroup> grouped(const Graph& graph, const Graph& out, const std::vector<int>& uses,
                               const std::vector<bool>& weights, const std::vector<Rebuilt>& terms) {
  std::vector<TermGroup> groups;
  for (const Rebuilt& term : terms) {
    const Node& node = graph[term.old];
    const auto is_weight = [&](Value v) { return weights[index(v)]; };
    const bool stackable = takes_another_sum(node) && takes_another_sum(out[term.now]) &&
                           uses[index(term.old)] == 1 &&
                           std::none_of(node.operands.begin(), node.operands.end(), is_weight);
    const auto fits = [&](const TermGroup& group) {
      return stackable && group.stackable && is_alike(out, out[group.terms[0]], out[term.now]);
    };
    const auto group = std::find_if(groups.begin(), groups.end(), fits);
    if (group == groups.end()) {
      groups.push_back({{term.now}, stackable});
    } else {
      group->terms.push_back(term.now);
    }
  }
  return groups;
}

}  // namespace

Graph stack_sums(const Graph& graph) {
  const std::vector<int> uses = use_counts(graph);
  const std::vector<bool> roots = sum_roots(graph, uses), weights = weights_of(graph);
  const auto needs = [&](Value value) { return graph[value].operands; };
  return rebuild_by_need(graph, needs, [&](Graph& out, Value value, const std::vector<Value>& renamed) {
    const Node& node = graph[value];
    std::vector<Value> operands;
    for (Value operand : node.operands) operands.push_back(renamed[index(operand)]);
    const Value now = out.add(node.op, std::move(operands), node.type, node.layout);
    if (!roots[index(value)]) return now;
    const std::vector<Rebuilt> terms = terms_of(graph, out, uses, {value, now});
    const std::vector<TermGroup> groups = grouped(graph, out, uses, weights, terms);
    if (groups.size() == terms.size()) return now;
    std::optional<Value> sum;
    for (const TermGroup& group : groups) {
      const Value term = group.terms.size() > 1 ? sum_in_one(out, group.terms) : group.terms[0];
      sum = sum ? simple_map(out, Fn::add, {*sum, term}) : term;
    }
    return *sum;
  });
}

}  // namespace cgan_jit
