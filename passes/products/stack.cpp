#include "passes/products/stack.h"

#include <algorithm>

#include "passes/graph/build.h"
#include "passes/products/stack_steps.h"
#include "passes/simplify/rules.h"

namespace cgan_jit {

std::vector<bool> weights_of(const Graph& graph) {
  std::vector<bool> weights(graph.size(), false);
  for (uint32_t i = 0; i < graph.size(); ++i) {
    const Node& node = graph.nodes()[i];
    const bool leaf = node.operands.empty();
    const bool given = std::holds_alternative<Input>(node.op);
    weights[i] = leaf ? !given : std::all_of(node.operands.begin(), node.operands.end(), [&](Value v) {
      return weights[index(v)];
    });
  }
  return weights;
}

Value stacked(Graph& graph, const std::vector<Value>& parts) {
  std::vector<Value> slabs;
  for (Value part : parts) {
    Shape shape = graph.shape(part);
    shape.insert(shape.begin(), 1);
    slabs.push_back(simple_reshape(graph, part, shape));
  }
  return simple_concat(graph, std::move(slabs), 0);
}

IndexMap with_axis(const IndexMap& map, int place) {
  IndexMap wider = map;
  ++wider.rank;
  for (Affine& result : wider.results) result.coefficients.insert(result.coefficients.begin() + place, 0);
  return wider;
}

IndexMap along_new_axis(const IndexMap& map, int place) {
  IndexMap wider = with_axis(map, place);
  wider.results.insert(wider.results.begin(), projection(wider.rank, {place}).results[0]);
  return wider;
}

namespace {

struct ByNeed {
  const Graph& graph;
  const std::function<std::vector<Value>(Value)>& needs;
  const std::function<Value(Graph&, Value, const std::vector<Value>&)>& create;
  Graph out;
  std::vector<Value> renamed;
  std::vector<bool> done;

  void emit(Value wanted) {
    struct Open {
      Value value;
      std::vector<Value> missing;  // the next one last
    };
    std::vector<Open> open;
    const auto enter = [&](Value value) {
      if (done[index(value)]) return;
      std::vector<Value> missing = needs(value);
      std::reverse(missing.begin(), missing.end());
      open.push_back({value, std::move(missing)});
    };
    enter(wanted);
    while (!open.empty()) {
      if (!open.back().missing.empty()) {
        const Value next = open.back().missing.back();
        open.back().missing.pop_back();
        enter(next);
        continue;
      }
      const Value value = open.back().value;
      open.pop_back();
      renamed[index(value)] = create(out, value, renamed);
      done[index(value)] = true;
    }
  }
};

}  // namespace

Graph rebuild_by_need(const Graph& graph, const std::function<std::vector<Value>(Value)>& needs,
                      const std::function<Value(Graph&, Value, const std::vector<Value>&)>& create) {
  ByNeed rebuilt{
      graph, needs, create, {}, std::vector<Value>(graph.size()), std::vector<bool>(graph.size(), false)};
  const std::vector<bool> live = live_nodes(graph);
  for (uint32_t i = 0; i < graph.size(); ++i) {
    if (live[i]) rebuilt.emit(Value{i});
  }
  for (const Output& output : graph.outputs()) {
    std::optional<Value> updates;
    if (output.updates) updates = rebuilt.renamed[index(*output.updates)];
    rebuilt.out.add_output(output.name, rebuilt.renamed[index(output.value)], updates);
  }
  return std::move(rebuilt.out);
}

bool depends(const std::vector<Value>& values, const std::vector<Value>& others, size_t graph_size,
             const std::function<std::vector<Value>(Value)>& needs) {
  std::vector<bool> seen(graph_size, false);
  std::vector<Value> open = values;
  while (!open.empty()) {
    const Value value = open.back();
    open.pop_back();
    for (Value needed : needs(value)) {
      if (std::find(others.begin(), others.end(), needed) != others.end()) return true;
      if (seen[index(needed)]) continue;
      seen[index(needed)] = true;
      open.push_back(needed);
    }
  }
  return false;
}

namespace {

/// Views find their simplest form, dead nodes go; whatever else there is stays as it is.
Graph tidied(const Graph& graph) {
  const auto simplest = [](Graph& out, const Node& node, std::vector<Value> operands) {
    const bool is_view = as<Reindex>(node) || as<Reshape>(node) || as<Concat>(node);
    if (is_view) return simple(out, node, std::move(operands));
    return out.add(node.op, std::move(operands), node.type, node.layout);
  };
  return without_dead_nodes(rebuild(graph, simplest));
}

}  // namespace

Graph stack(const Graph& graph) {
  return tidied(merge_concats(tidied(stack_sums(tidied(stack_contractions(graph))))));
}

}  // namespace cgan_jit
