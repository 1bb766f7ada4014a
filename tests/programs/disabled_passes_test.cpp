#include <gtest/gtest.h>

#include <cmath>

#include "tests/programs/training.h"

// Whatever passes are switched off, the program runs and gives the right numbers.

namespace cgan_jit {
namespace {

constexpr int64_t batch = 10, dataset_size = 50;

double norm(const std::vector<double>& values) {
  double sum = 0;
  for (double value : values) sum += value * value;
  return std::sqrt(sum);
}

double distance(std::vector<double> a, const std::vector<double>& b) {
  for (size_t i = 0; i < a.size(); ++i) a[i] -= b[i];
  return norm(a);
}

std::vector<double> square_roots(std::vector<double> values) {
  for (double& value : values) value = std::sqrt(value);
  return values;
}

/// Runs one training step with these passes switched off and compares it with the interpreter.
class OneStep {
 public:
  explicit OneStep(const std::set<std::string>& disabled_passes)
      : config_(tiny_cgan()),
        step_(models::training_step(config_, batch, dataset_size)),
        inputs_(made_up_inputs(dataset_size, config_.pixels(), 10, batch)),
        session_(options_without(disabled_passes)),
        program_(session_.add("train", step_)) {
    session_.initialize(1);
    bind(session_, program_, inputs_);
    add_params(before_, session_);
    session_.run(program_);
  }

  /// Against the float interpreter on the graph that the passes made: bit for bit.
  std::optional<std::string> different_bits_from_interpreter() {
    Environment<float> environment = environment_of<float>(inputs_);
    for (const auto& [name, value] : before_) environment[name] = value;
    return different_bits(session_, program_, interpret(session_.lowered(program_).graph, environment));
  }

  /// Against the double interpreter on the graph as the user wrote it. Adam divides a gradient by its own
  /// size, so that a gradient of 0 may move a param by lr either way: params within 2 lr; moments, and
  /// through them all gradients, within 1e-4 in norm.
  void expect_right_numbers() {
    Environment<double> environment = environment_of<double>(inputs_);
    for (const auto& [name, value] : before_)
      environment[name] = {value.type, {value.reals.begin(), value.reals.end()}, {}};
    const Environment<double> exact = interpret(step_, environment);
    for (const std::string loss : {"g_loss", "d_loss"}) {
      EXPECT_NEAR(*session_.scalar_output(program_, loss), exact.at(loss).reals[0], 1e-5) << loss;
    }
    for (const std::string& name : session_.param_names()) {
      if (exact.count(name)) expect_close(name, exact.at(name).reals);
    }
  }

 private:
  static SessionOptions options_without(const std::set<std::string>& passes) {
    SessionOptions options;
    options.threads = 2;
    options.cache_dir = "";
    options.disabled_passes = passes;
    return options;
  }

  void expect_close(const std::string& name, std::vector<double> exact) {
    const std::vector<float> values = session_.param(name);
    std::vector<double> got(values.begin(), values.end());
    constexpr double rounding = 1e-8;  // of a gradient whose true value is 0
    const double floor = rounding * std::sqrt(static_cast<double>(got.size()));
    if (name.ends_with(".v")) {
      got = square_roots(got);
      exact = square_roots(exact);
    }
    const bool by_adam = before_.count("adam." + name + ".m") > 0;
    if (by_adam) {
      for (size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], exact[i], 2.01 * config_.lr + 1e-6) << name;
    } else {
      EXPECT_LE(distance(got, exact), 1e-4 * norm(exact) + floor) << name;
    }
  }

  const models::CganConfig config_;
  const Graph step_;
  const StepInputs inputs_;
  Session session_;
  const Session::ProgramId program_;
  Environment<float> before_;
};

std::vector<std::set<std::string>> switched_off() {
  std::vector<std::set<std::string>> sets = {{}};
  std::set<std::string> all;
  for (const Pass& pass : all_passes()) {
    if (!pass.optional) continue;
    sets.push_back({std::string(pass.name)});
    if (pass.part_of.empty()) all.insert(std::string(pass.name));
  }
  sets.push_back(all);
  return sets;
}

class DisabledPasses : public testing::TestWithParam<std::set<std::string>> {};

TEST_P(DisabledPasses, GiveTheRightNumbersAndTheInterpretersBits) {
  OneStep step(GetParam());
  const auto different = step.different_bits_from_interpreter();
  EXPECT_FALSE(different) << *different;
  step.expect_right_numbers();
}

std::string name_of_set(const testing::TestParamInfo<std::set<std::string>>& info) {
  if (info.param.empty()) return "none";
  if (info.param.size() > 1) return "all";
  std::string name = *info.param.begin();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Passes, DisabledPasses, testing::ValuesIn(switched_off()), name_of_set);

}  // namespace
}  // namespace cgan_jit
