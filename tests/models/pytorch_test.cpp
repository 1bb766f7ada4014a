#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <numeric>

#include "frontend/session.h"
#include "tests/models/options.h"
#include "tests/support/first_values.h"

// The fixtures, and the states that their steps start from, are described in fixture/make_fixture.py.

namespace cgan_jit::models {
namespace {

/// A file of fixture/, or the part of it whose names begin with `part`.
class Fixture {
 public:
  explicit Fixture(const std::string& name, std::string part = "") : part_(std::move(part)) {
    std::ifstream file(CGAN_JIT_SOURCE_DIR "/tests/models/fixture/" + name + ".safetensors",
                       std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    uint64_t header_size = 0;
    std::memcpy(&header_size, bytes.data(), sizeof header_size);
    header_ = nlohmann::json::parse(bytes.substr(8, header_size));
    data_ = bytes.substr(8 + header_size);
  }

  bool has(const std::string& name) const { return header_.contains(part_ + name); }
  std::vector<float> tensor(const std::string& name) const { return values<float>(part_ + name); }
  /// What all parts share: "images" or "labels".
  std::vector<uint8_t> data(const std::string& name) const { return values<uint8_t>(name); }

 private:
  template <typename T>
  std::vector<T> values(const std::string& name) const {
    const auto offsets = header_.at(name).at("data_offsets").get<std::array<size_t, 2>>();
    std::vector<T> found((offsets[1] - offsets[0]) / sizeof(T));
    std::memcpy(found.data(), data_.data() + offsets[0], found.size() * sizeof(T));
    return found;
  }

  std::string part_;
  nlohmann::json header_;
  std::string data_;
};

using State = std::map<std::string, std::vector<float>>;

bool is_first_moment(const std::string& name) { return name.starts_with("adam.") && name.ends_with(".m"); }
bool is_second_moment(const std::string& name) { return name.starts_with("adam.") && name.ends_with(".v"); }
std::string param_of_moment(const std::string& name) { return name.substr(5, name.size() - 7); }

/// The state before step k of the three separate steps.
State state_before(uint32_t k, const CganConfig& config, const Fixture& fixture) {
  std::vector<ParamDecl> decls = params(config);
  if (k == 1) return first_values(decls, 1);
  for (ParamDecl& decl : decls) {
    const auto scale = [&] { return fixture.tensor("scale/" + param_of_moment(decl.name))[0]; };
    if (is_first_moment(decl.name)) decl.init = UniformInit{scale()};
    if (is_second_moment(decl.name)) decl.init = UniformInit{scale() * scale() / 1024};
    if (decl.name.ends_with("running_mean")) decl.init = UniformInit{0.5f};
    if (decl.name.ends_with("running_var")) decl.init = UniformInit{1};
  }
  State state = first_values(decls, k);
  for (auto& [name, values] : state) {
    const bool variance = name.ends_with("running_var");
    if (!variance && !is_second_moment(name)) continue;
    for (float& value : values) value = std::abs(value) + (variance ? 0.5f : 0);
  }
  return state;
}

/// The training step over the fixture's images, compiled.
class Training {
 public:
  Training(const CganConfig& config, const Fixture& fixture)
      : images_(fixture.data("images")),
        labels_(fixture.data("labels")),
        indices_(config.batch_size),
        program_(session_.add("train", training_step(config, config.batch_size, 3 * config.batch_size))) {
    session_.bind(program_, "images", images_);
    session_.bind(program_, "labels", labels_);
    session_.bind(program_, "indices", indices_);
    session_.bind(program_, "seed", {&seed_, 1});
    session_.bind(program_, "step", {&step_, 1});
  }

  void set_state(const State& state) {
    for (const auto& [name, values] : state) session_.set_param(name, values);
  }
  State state() const {
    State found;
    for (const std::string& name : session_.param_names()) found[name] = session_.param(name);
    return found;
  }
  /// One step on batch `step`; the losses of G and D.
  std::array<float, 2> step(uint32_t seed, uint32_t step) {
    seed_ = seed;
    step_ = step;
    std::iota(indices_.begin(), indices_.end(), static_cast<int32_t>(indices_.size() * (step - 1)));
    session_.run(program_);
    return {session_.output(program_, "g_loss")[0], session_.output(program_, "d_loss")[0]};
  }

 private:
  std::vector<uint8_t> images_, labels_;
  std::vector<int32_t> indices_;
  uint32_t seed_ = 0, step_ = 0;
  Session session_{SessionOptions{}};
  Session::ProgramId program_;
};

double norm(const std::vector<float>& values) {
  double squares = 0;
  for (double value : values) squares += value * value;
  return std::sqrt(squares);
}

/// `summary` holds the norm of PyTorch's tensor, then elements of it at equal distances.
void expect_agrees(const std::vector<float>& ours, const std::vector<float>& summary,
                   const std::string& name) {
  const size_t entries = summary.size() - 1;
  std::vector<float> theirs(summary.begin() + 1, summary.end()), difference(entries);
  for (size_t i = 0; i < entries; ++i) difference[i] = ours[i * ours.size() / entries] - theirs[i];
  EXPECT_LE(norm(difference), 1e-5 * norm(theirs)) << name;
  EXPECT_NEAR(norm(ours), summary[0], 1e-5 * summary[0]) << name;
}

/// A bias right before batch normalisation has the true gradient 0: what is computed for it is rounding.
bool has_no_gradient(const std::string& param, const State& state) {
  int layer = 0, end = 0;
  if (std::sscanf(param.c_str(), "generator.model.%d.bias%n", &layer, &end) != 1 || end == 0) return false;
  return state.count("generator.model." + std::to_string(layer + 1) + ".running_mean") > 0;
}

/// Adam's new param, in double, from the new moments.
double adam(double p, double m, double v, int t) {
  const CganConfig config;
  return p - config.lr * (m / (1 - std::pow(config.b1, t))) /
                 (std::sqrt(v / (1 - std::pow(config.b2, t))) + 1e-8);
}

/// Every param's update is Adam's of our own moments, but for 1e-3 lr and the rounding of the param itself.
void expect_updates_are_adams(const State& before, const State& after, int t) {
  for (const auto& [name, m] : after) {
    if (!is_first_moment(name)) continue;
    const std::string param = param_of_moment(name);
    const std::vector<float>&p = before.at(param), &v = after.at("adam." + param + ".v"),
          &updated = after.at(param);
    size_t wrong = 0;
    for (size_t i = 0; i < p.size(); ++i) {
      const double rounding = 0x1p-24 * std::abs(p[i]);
      wrong += std::abs(updated[i] - adam(p[i], m[i], v[i], t)) > 1e-3 * CganConfig{}.lr + rounding;
    }
    EXPECT_EQ(wrong, 0u) << param;
  }
}

/// Of weights the fixture may have none; a tensor that nothing but rounding moves is not compared.
bool is_compared(const std::string& name, const State& state, bool with_weights) {
  const bool moment = is_first_moment(name) || is_second_moment(name);
  const bool weight = !moment && name.find(".running_") == std::string::npos;
  return !has_no_gradient(moment ? param_of_moment(name) : name, state) && (with_weights || !weight);
}

/// From equal states, `fixture` and we get to equal ones.
void expect_equal_steps(const CganConfig& config, const Fixture& fixture) {
  Training training(config, fixture);
  for (uint32_t k = 1; k <= 3; ++k) {
    const State before = state_before(k, config, fixture);
    training.set_state(before);
    const std::array<float, 2> losses = training.step(k, k);
    const std::string step = std::to_string(k) + "/";
    const std::vector<float> expected = fixture.tensor(step + "losses");
    EXPECT_NEAR(losses[0], expected[0], 1e-5);
    EXPECT_NEAR(losses[1], expected[1], 1e-5);
    const State after = training.state();
    const bool with_weights = fixture.has(step + "generator.label_emb.weight");
    for (const auto& [name, values] : after) {
      if (is_compared(name, after, with_weights))
        expect_agrees(values, fixture.tensor(step + name), step + name);
    }
    expect_updates_are_adams(before, after, static_cast<int>(k));
  }
}

TEST(PyTorch, AgreesOnThreeStepsFromEqualStates) { expect_equal_steps({}, Fixture("cgan_steps")); }

TEST(PyTorch, AgreesOnThreeStepsWithEachOption) {
  CganConfig small;
  small.n_classes = 12;
  small.latent_dim = 6;
  small.img_size = 8;
  small.batch_size = 16;
  small.generator_widths = {16, 24};
  small.discriminator_widths = {24, 16};
  for (const auto& [option, config] : with_each_option(small)) {
    SCOPED_TRACE(option);
    expect_equal_steps(config, Fixture("option_steps", option + "/"));
  }
}

TEST(PyTorch, AgreesOnAFreeRunOfThreeSteps) {
  const Fixture fixture("cgan_steps");
  Training training({}, fixture);
  training.set_state(state_before(1, {}, fixture));
  const std::vector<float> expected = fixture.tensor("free/losses");
  for (uint32_t k = 1; k <= 3; ++k) {
    const std::array<float, 2> losses = training.step(1, k);
    EXPECT_NEAR(losses[0], expected[2 * k - 2], 1e-4) << k;
    EXPECT_NEAR(losses[1], expected[2 * k - 1], 1e-4) << k;
  }
}

}  // namespace
}  // namespace cgan_jit::models
