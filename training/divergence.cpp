#include "training/divergence.h"

#include <algorithm>
#include <map>
#include <set>

#include "io/interrupt.h"
#include "ir/interpret.h"
#include "ir/text.h"
#include "training/finite.h"

namespace cgan_jit::training {
namespace {

using State = std::map<std::string, std::vector<float>>;
using Values = std::vector<Elements<float>>;  // of a graph's nodes

State state_of(const Session& session) {
  State state;
  for (const std::string& name : session.param_names()) state[name] = session.param(name);
  return state;
}

void set(Session& session, const State& state) {
  for (const auto& [name, values] : state) session.set_param(name, values);
}

bool is_finite(const State& state) {
  return std::ranges::all_of(state, [](const auto& entry) { return all_finite(entry.second); });
}

/// The last step up to `bad` - 1 that leaves finite params; `state`, those after step `good`, become those
/// after it. What is not finite stays so, thus halving finds it, and no step is run twice as often as once.
int64_t last_good_step(Session& session, Trainer& trainer, int64_t good, int64_t bad, State& state) {
  while (bad - good > 1 && !io::interrupt_received()) {
    const int64_t middle = good + (bad - good) / 2;
    for (int64_t step = good + 1; step <= middle; ++step) trainer.run(step);
    State then = state_of(session);
    if (is_finite(then)) {
      good = middle;
      state = std::move(then);
    } else {
      bad = middle;
      set(session, state);
    }
  }
  return good;
}

bool is_bad(const Values& values, Value value) { return !all_finite(values[index(value)].reals); }

/// The first of the nodes that made `value` what it is: bad, of operands that are not.
Value origin_of(const Graph& graph, const Values& values, Value value) {
  for (;;) {
    const auto& operands = graph[value].operands;
    const auto bad = std::ranges::find_if(operands, [&](Value operand) { return is_bad(values, operand); });
    if (bad == operands.end()) return value;
    value = *bad;
  }
}

/// The params that a node reads, or that the nodes it reads read, and so on: those of the shortest way.
std::set<std::string> nearest_params(const Graph& graph, Value value) {
  std::set<std::string> names;
  std::set<Value> level = {value};
  while (names.empty() && !level.empty()) {
    std::set<Value> next;
    for (const Value at : level) {
      if (const auto* param = as<Param>(graph[at])) names.insert(param->name);
      next.insert(graph[at].operands.begin(), graph[at].operands.end());
    }
    level = std::move(next);
  }
  return names;
}

std::string describe(const Graph& graph, Value value) {
  for (const Output& output : graph.outputs()) {
    if (output.value == value) return fmt::format("{} ({})", output.name, print(graph[value], value));
  }
  return fmt::format("{}, computed with {}", print(graph[value], value),
                     fmt::join(nearest_params(graph, value), ", "));
}

std::optional<std::string> first_bad_tensor(const Trainer::OnPaper& step, const State& params) {
  Environment<float> environment = step.inputs;
  for (const Node& node : step.graph.nodes()) {
    if (const auto* param = as<Param>(node))
      environment[param->name] = {node.type, params.at(param->name), {}};
  }
  const Values values = interpret_all(step.graph, environment);
  std::set<Value> origins;
  for (const Output& output : step.graph.outputs()) {
    if (is_bad(values, output.value)) origins.insert(origin_of(step.graph, values, output.value));
  }
  if (origins.empty()) return {};
  return describe(step.graph, *origins.begin());
}

}  // namespace

std::optional<Divergence> find_divergence(Session& session, Trainer& trainer, int64_t good, int64_t bad,
                                          const std::function<void()>& restore) {
  if (good >= bad) return {};
  restore();
  State state = state_of(session);
  const int64_t last_good = last_good_step(session, trainer, good, bad, state);
  if (io::interrupt_received()) return {};
  const auto tensor = first_bad_tensor(trainer.on_paper(last_good + 1), state);
  if (!tensor) return {};
  return Divergence{last_good + 1, *tensor};
}

}  // namespace cgan_jit::training
