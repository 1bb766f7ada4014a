#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <sstream>

#include "frontend/clipping.h"
#include "frontend/optimizers.h"
#include "tests/frontend/evaluate.h"

namespace cgan_jit {
namespace {

using State = Environment<double>;

/// Zeros for every param that the program declares.
State zeros_of(const Builder& builder) {
  State state;
  for (const ParamDecl& decl : builder.params()) {
    const auto count = static_cast<size_t>(element_count(decl.shape));
    Elements<double>& elements = state[decl.name];
    elements.type = {decl.dtype, decl.shape};
    decl.dtype == DType::f32 ? elements.reals.resize(count) : elements.ints.resize(count);
  }
  return state;
}

void run_step(const Graph& program, State& state) {
  for (auto& [name, elements] : interpret<double>(program, state)) state[name] = elements;
}

/// The program of fixture/optimizers.py and what becomes of it.
class Regression {
 public:
  static constexpr int steps = 6;
  using Optimise = std::function<void(const Tensor& loss, const std::vector<Tensor>& params)>;

  explicit Regression(const Optimise& optimise) {
    const Tensor error = matmul(constant(x_), transpose(weight)) + bias - constant(y_);
    optimise(mean(error * error), {weight, bias});
    program_ = builder.build();
    state_ = zeros_of(builder);
    state_["weight"] = numbers(0, {2, 3});
    state_["bias"] = numbers(1, {2});
  }

  /// The params after the next step; its number, from 1, is what the input "lr" is 0.1 over.
  std::vector<double> next() {
    state_["lr"] = reals({}, {0.1 / ++done_});
    run_step(program_, state_);
    std::vector<double> all = state_["weight"].reals;
    all.insert(all.end(), state_["bias"].reals.begin(), state_["bias"].reals.end());
    return all;
  }

  Builder builder;
  const Tensor weight = builder.param("weight", {2, 3}, ConstantInit{}),
               bias = builder.param("bias", {2}, ConstantInit{});

 private:
  static Elements<double> numbers(int first, Shape shape) {
    std::vector<double> values(static_cast<size_t>(element_count(shape)));
    for (size_t i = 0; i < values.size(); ++i) values[i] = (static_cast<int>(7 * i + first) % 11 - 5) / 4.0;
    return reals(std::move(shape), values);
  }
  Tensor constant(const Elements<double>& elements) {
    const auto part = [&](size_t i) { return reshape(builder.constant(elements.reals[i]), {1}); };
    std::vector<Tensor> parts;
    for (size_t i = 0; i < elements.reals.size(); ++i) parts.push_back(part(i));
    return reshape(concat(parts, 0), elements.type.shape);
  }

  const Elements<double> x_ = numbers(2, {4, 3}), y_ = numbers(3, {4, 2});
  Graph program_;
  State state_;
  int done_ = 0;
};

template <typename Optimizer>
Regression::Optimise minimised_by(const Optimizer& optimizer) {
  return [=](const Tensor& loss, const std::vector<Tensor>& params) { optimizer.minimize(loss, params); };
}

void take_two(const Tensor& loss, const std::vector<Tensor>& params) {
  const Tensor &w = params[0], &b = params[1];
  const auto first = grad(loss, params), second = grad(sum(w * w * w * w) + sum(b * b), params);
  SGD{.lr = 0.1, .momentum = 0.9}.step(params, first);
  AdamW{.lr = 0.1, .weight_decay = 0.2}.step(params, second);
}

/// The cases of fixture/optimizers.py, in our words.
std::map<std::string, Regression::Optimise> cases() {
  using Params = const std::vector<Tensor>&;
  const auto warm_step = [](const Tensor& done) { return rate_after(done, step_decay(0.1, 2, 0.5), {}); };
  return {
      {"sgd", minimised_by(SGD{.lr = 0.1})},
      {"sgd_momentum", minimised_by(SGD{.lr = 0.1, .momentum = 0.9})},
      {"sgd_nesterov", minimised_by(SGD{.lr = 0.1, .momentum = 0.9, .nesterov = true})},
      {"sgd_weight_decay", minimised_by(SGD{.lr = 0.1, .momentum = 0.9, .weight_decay = 0.2})},
      {"adam", minimised_by(Adam{.lr = 0.1, .b1 = 0.8, .b2 = 0.95})},
      {"adam_weight_decay", minimised_by(Adam{.lr = 0.1, .weight_decay = 0.2})},
      {"adamw", minimised_by(AdamW{.lr = 0.1, .weight_decay = 0.2})},
      {"rmsprop", minimised_by(RMSprop{.lr = 0.1, .alpha = 0.9})},
      {"rmsprop_momentum",
       minimised_by(RMSprop{.lr = 0.1, .alpha = 0.9, .momentum = 0.5, .weight_decay = 0.2})},
      {"adagrad", minimised_by(Adagrad{.lr = 0.1})},
      {"adagrad_decays", minimised_by(Adagrad{.lr = 0.1, .lr_decay = 0.5, .weight_decay = 0.2})},
      {"clip_by_norm",
       [](const Tensor& loss, Params params) {
         SGD{.lr = 0.1}.step(params, clip_by_norm(grad(loss, params), 0.5));
       }},
      {"clip_by_value",
       [](const Tensor& loss, Params params) {
         SGD{.lr = 0.1}.step(params, clip_by_value(grad(loss, params), 0.25));
       }},
      {"step_decay", minimised_by(SGD{.lr = step_decay(0.1, 2, 0.5)})},
      {"cosine_decay", minimised_by(Adam{.lr = cosine_decay(0.1, Regression::steps, 0.01)})},
      {"warm_up", minimised_by(SGD{.lr = warm_up(3, warm_step)})},
      {"input",
       [](const Tensor& loss, Params params) {
         AdamW{.lr = loss.builder->input("lr", DType::f32, {})}.minimize(loss, params);
       }},
      {"two", take_two},
  };
}

/// Of a case: the params after each step.
std::map<std::string, std::vector<std::vector<double>>> pytorch() {
  std::map<std::string, std::vector<std::vector<double>>> found;
  std::ifstream file(CGAN_JIT_SOURCE_DIR "/tests/frontend/fixture/optimizers.txt");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    int step = 0;
    words >> name >> step;
    auto& values = found[name].emplace_back(8);
    for (double& value : values) words >> value;
  }
  return found;
}

TEST(Optimizers, AgreeWithPyTorchOverSixSteps) {
  const auto expected = pytorch();
  const auto ours = cases();
  EXPECT_EQ(expected.size(), ours.size());
  for (const auto& [name, optimise] : ours) {
    SCOPED_TRACE(name);
    ASSERT_TRUE(expected.contains(name));
    Regression regression(optimise);
    for (const std::vector<double>& theirs : expected.at(name)) {
      const std::vector<double> params = regression.next();
      for (size_t i = 0; i < theirs.size(); ++i) EXPECT_NEAR(params[i], theirs[i], 1e-6) << i;
    }
  }
}

// Kingma & Ba 2015, algorithm 1, as it is printed.
TEST(Optimizers, AdamIsTheAlgorithm) {
  constexpr double lr = 0.01, b1 = 0.5, b2 = 0.999, eps = 1e-8;
  Builder builder;
  const Tensor x = builder.param("x", {3}, NormalInit{});
  Adam{lr, b1, b2, eps}.minimize(sum(x * x * x), {x});
  const Graph program = builder.build();
  State state = zeros_of(builder);
  state["x"] = random_reals({3}, 1);
  std::vector<double> p = state["x"].reals, m(3), v(3);
  for (int t = 1; t <= 20; ++t) {
    run_step(program, state);
    EXPECT_EQ(state["adam.x.step"], integers(DType::i32, {}, {t}));
    for (size_t i = 0; i < 3; ++i) {
      const double g = 3 * p[i] * p[i];
      m[i] = b1 * m[i] + (1 - b1) * g;
      v[i] = b2 * v[i] + (1 - b2) * g * g;
      p[i] -= lr * (m[i] / (1 - std::pow(b1, t))) / (std::sqrt(v[i] / (1 - std::pow(b2, t))) + eps);
      EXPECT_NEAR(state["x"].reals[i], p[i], 1e-6 * lr * t) << "step " << t;
      EXPECT_NEAR(state["adam.x.m"].reals[i], m[i], 1e-6 * m[i]);
      EXPECT_NEAR(state["adam.x.v"].reals[i], v[i], 1e-6 * v[i]);
    }
  }
}

// Law: a count that is given is that of Adam's own.
TEST(Optimizers, AdamTakesACount) {
  Builder own, given;
  for (Builder* builder : {&own, &given}) {
    const Tensor x = builder->param("x", {3}, NormalInit{});
    Adam adam;
    if (builder == &given) adam.count = builder->step();
    adam.minimize(sum(x * x), {x});
  }
  EXPECT_EQ(given.params().size() + 1, own.params().size());
  State state = zeros_of(own), other = zeros_of(given);
  other["x"] = state["x"] = random_reals({3}, 1);
  for (int t = 1; t <= 3; ++t) {
    other["step"] = integers(DType::u32, {}, {t});
    run_step(own.build(), state);
    run_step(given.build(), other);
    EXPECT_EQ(state["x"], other["x"]);
  }
}

/// What a param of 0 becomes in one step.
double after_a_step(const std::function<void(const Tensor& param)>& optimise) {
  Builder builder;
  optimise(builder.param("x", {}, ConstantInit{}));
  State state = zeros_of(builder);
  run_step(builder.build(), state);
  return state["x"].reals[0];
}

TEST(Optimizers, OverOneParamAddUp) {
  EXPECT_EQ(after_a_step([](const Tensor& x) {
              SGD{.lr = 1}.minimize(x * 3, {x});
              SGD{.lr = 1}.minimize(x * 5, {x});
            }),
            -8);
}

TEST(Optimizers, GoOnFromAnUpdateOfTheUsers) {
  EXPECT_EQ(after_a_step([](const Tensor& x) {
              SGD{.lr = 1}.minimize(x * 3, {x});
              Builder& builder = *x.builder;
              builder.update(x, maximum(builder.latest(x), -2));
              SGD{.lr = 1}.minimize(x * 5, {x});
            }),
            -7);
}

// Law: a gradient of zero moves no param, but for the decay of weights.
TEST(Optimizers, StandStillWithoutAGradient) {
  const auto after = [](const auto& optimizer) {
    Builder builder;
    const Tensor x = builder.param("x", {3}, ConstantInit{});
    optimizer.step({x}, {builder.constant(0, DType::f32, {3})});
    State state = zeros_of(builder);
    state["x"] = reals({3}, {1, -2, 4});
    for (int t = 0; t < 3; ++t) run_step(builder.build(), state);
    return state["x"].reals;
  };
  const std::vector<double> before = {1, -2, 4};
  EXPECT_EQ(after(SGD{.momentum = 0.5, .nesterov = true}), before);
  EXPECT_EQ(after(Adam{}), before);
  EXPECT_EQ(after(AdamW{.weight_decay = 0}), before);
  EXPECT_EQ(after(RMSprop{.momentum = 0.5}), before);
  EXPECT_EQ(after(AdamW{.lr = 0.5, .weight_decay = 0.5})[2], 4 * 0.75 * 0.75 * 0.75);
}

// Law: what is within the bounds is not touched.
TEST(Clipping, LeavesWhatFits) {
  Builder builder;
  const Tensor x = builder.param("x", {2}, ConstantInit{}), y = builder.param("y", {}, ConstantInit{});
  const State state = {{"x", reals({2}, {2, -3})}, {"y", reals({}, {6})}};
  EXPECT_EQ(evaluate(builder, total_norm({x, y}), state), reals({}, {7}));
  EXPECT_EQ(evaluate(builder, clip_by_norm({x, y}, 7.5)[0], state), state.at("x"));
  EXPECT_EQ(evaluate(builder, clip_by_value({x, y}, 6)[1], state), state.at("y"));
  EXPECT_EQ(evaluate(builder, clip_by_value({x, y}, 2)[0], state), reals({2}, {2, -2}));
}

TEST(Schedules, EndWhereTheySay) {
  Builder builder;
  const auto rate = [&](const Rate& of, double done) {
    return evaluate(builder, rate_after(builder.constant(done), of, {})).reals[0];
  };
  EXPECT_NEAR(rate(cosine_decay(0.5, 10, 0.1), 0), 0.5, 1e-7);
  EXPECT_NEAR(rate(cosine_decay(0.5, 10, 0.1), 5), 0.3, 1e-7);
  for (const double done : {10, 11, 1000}) EXPECT_NEAR(rate(cosine_decay(0.5, 10, 0.1), done), 0.1, 1e-7);
  EXPECT_NEAR(rate(step_decay(1, 100, 0.1), 99), 1, 1e-7);
  EXPECT_NEAR(rate(step_decay(1, 100, 0.1), 100), 0.1, 1e-7);
  EXPECT_NEAR(rate(warm_up(4, 0.8), 0), 0.2, 1e-7);
  for (const double done : {3, 4, 1000}) EXPECT_NEAR(rate(warm_up(4, 0.8), done), 0.8, 1e-7);
}

}  // namespace
}  // namespace cgan_jit
