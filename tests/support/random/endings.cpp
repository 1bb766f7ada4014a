#include "tests/support/random/endings.h"

#include "passes/autodiff/autodiff.h"
#include "passes/graph/build.h"

namespace cgan_jit {

namespace {

void update(Growth& g, const std::string& name, Value param, Value gradient) {
  const Type type = g.type(param);
  const Value rate = g.graph().add(Const{0.125}, {}, type);
  const Value delta = g.graph().add(Map{Fn::mul}, {gradient, rate}, type);
  g.graph().add_output(name, g.graph().add(Map{Fn::sub}, {param, delta}, type), param);
}

}  // namespace

void add_outputs(Growth& g) {
  g.graph().add_output("last", g.reals().back());
  for (int i = 0; i < 3; ++i) {
    if (g.chance(60)) g.graph().add_output(fmt::format("y{}", i), g.one_of(g.reals()));
  }
  if (!g.others().empty() && g.chance(20)) g.graph().add_output("ints", g.one_of(g.others()));
}

void add_gradients(Growth& g) {
  const Value last = g.reals().back();
  const Shape shape = g.shape_of(last);
  const Value bounded = g.map(Fn::tanh, {last}, {1, false});
  const Value loss = shape.empty() ? bounded : summed(g.graph(), bounded, other_axes(rank_of(shape), {}));
  g.graph().add_output("loss", loss);
  const std::vector<Value> params = g.params();
  const std::vector<Value> slopes = gradients(g.graph(), loss, params);
  for (size_t i = 0; i < params.size(); ++i) update(g, fmt::format("new{}", i), params[i], slopes[i]);
}

void update_one(Growth& g) {
  if (g.params().empty()) return;
  const Value param = g.one_of(g.params());
  update(g, "new", param, g.of_shape(g.shape_of(param)));
}

void change_places(Growth& g) {
  for (size_t i = 0; i < g.params().size(); ++i) {
    const Shape shape = g.shape_of(g.params()[i]);
    const bool turn = shape.size() == 2 && g.chance(40);
    const Shape wanted = turn ? Shape{shape[1], shape[0]} : shape;
    std::vector<Value> alike;
    for (Value value : g.reals()) {
      if ((turn || value != g.params()[i]) && g.shape_of(value) == wanted) alike.push_back(value);
    }
    if (alike.empty()) continue;
    const Value chosen = g.one_of(alike);
    const Value moved = turn ? reindexed(g.graph(), chosen, projection(2, {1, 0}), shape) : chosen;
    g.graph().add_output(fmt::format("moved{}", i), moved, g.params()[i]);
    if (g.chance(20)) g.graph().add_output(fmt::format("again{}", i), moved);
  }
}

void change_states(Growth& g) {
  for (size_t i = 0; i < g.states().size(); ++i) {
    const Type type = g.type(g.states()[i]);
    std::vector<Value> alike;
    for (Value value : g.others()) {
      if (value != g.states()[i] && g.type(value) == type) alike.push_back(value);
    }
    if (type.dtype == DType::i32) {
      const Value one = g.graph().add(Const{1}, {}, type);
      alike.push_back(g.graph().add(Map{Fn::add}, {g.states()[i], one}, type));
    }
    if (!alike.empty() && g.chance(60))
      g.graph().add_output(fmt::format("state{}", i), g.one_of(alike), g.states()[i]);
  }
}

}  // namespace cgan_jit
