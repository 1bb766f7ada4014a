#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <numeric>

#include "frontend/init.h"
#include "frontend/session.h"
#include "models/cgan.h"

// The fixture, and the states that its steps start from, are described in fixture/make_fixture.py.

namespace cgan_jit::models {
namespace {

constexpr int64_t batch = 64, dataset_size = 3 * batch;

class Fixture {
 public:
  Fixture() {
    std::ifstream file(CGAN_JIT_SOURCE_DIR "/tests/models/fixture/cgan_steps.safetensors", std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    uint64_t header_size = 0;
    std::memcpy(&header_size, bytes.data(), sizeof header_size);
    header_ = nlohmann::json::parse(bytes.substr(8, header_size));
    data_ = bytes.substr(8 + header_size);
  }

  template <typename T>
  std::vector<T> tensor(const std::string& name) const {
    const auto offsets = header_.at(name).at("data_offsets").get<std::array<size_t, 2>>();
    std::vector<T> values((offsets[1] - offsets[0]) / sizeof(T));
    std::memcpy(values.data(), data_.data() + offsets[0], values.size() * sizeof(T));
    return values;
  }

 private:
  nlohmann::json header_;
  std::string data_;
};

using State = std::map<std::string, std::vector<float>>;

bool is_first_moment(const std::string& name) { return name.starts_with("adam.") && name.ends_with(".m"); }
bool is_second_moment(const std::string& name) { return name.starts_with("adam.") && name.ends_with(".v"); }
std::string param_of_moment(const std::string& name) { return name.substr(5, name.size() - 7); }

/// The state before step k of the three separate steps.
State state_before(uint32_t k, const Fixture& fixture) {
  std::vector<ParamDecl> decls = params(CganConfig{});
  if (k == 1) return cgan_jit::initial_params(decls, 1);
  for (ParamDecl& decl : decls) {
    const auto scale = [&] { return fixture.tensor<float>("scale/" + param_of_moment(decl.name))[0]; };
    if (is_first_moment(decl.name)) decl.init = UniformInit{scale()};
    if (is_second_moment(decl.name)) decl.init = UniformInit{scale() * scale() / 1024};
    if (decl.name.ends_with("running_mean")) decl.init = UniformInit{0.5f};
    if (decl.name.ends_with("running_var")) decl.init = UniformInit{1};
  }
  State state = cgan_jit::initial_params(decls, k);
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
  explicit Training(const Fixture& fixture)
      : images_(fixture.tensor<uint8_t>("images")),
        labels_(fixture.tensor<uint8_t>("labels")),
        program_(session_.add("train", training_step(CganConfig{}, batch, dataset_size))) {
    session_.bind(program_, "images", images_.data());
    session_.bind(program_, "labels", labels_.data());
    session_.bind(program_, "indices", indices_.data());
    session_.bind(program_, "seed", &seed_);
    session_.bind(program_, "step", &step_);
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
    std::iota(indices_.begin(), indices_.end(), static_cast<int32_t>(batch * (step - 1)));
    session_.run(program_);
    return {session_.output(program_, "g_loss")[0], session_.output(program_, "d_loss")[0]};
  }

 private:
  std::vector<uint8_t> images_, labels_;
  std::vector<int32_t> indices_ = std::vector<int32_t>(batch);
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
bool has_no_gradient(const std::string& param) {
  return param == "generator.model.2.bias" || param == "generator.model.5.bias" ||
         param == "generator.model.8.bias";
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

TEST(PyTorch, AgreesOnThreeStepsFromEqualStates) {
  const Fixture fixture;
  Training training(fixture);
  for (uint32_t k = 1; k <= 3; ++k) {
    const State before = state_before(k, fixture);
    training.set_state(before);
    const std::array<float, 2> losses = training.step(k, k);
    const std::string step = std::to_string(k) + "/";
    const std::vector<float> expected = fixture.tensor<float>(step + "losses");
    EXPECT_NEAR(losses[0], expected[0], 1e-5);
    EXPECT_NEAR(losses[1], expected[1], 1e-5);
    const State after = training.state();
    for (const auto& [name, values] : after) {
      const bool moment = is_first_moment(name) || is_second_moment(name);
      const bool compared =
          moment ? !has_no_gradient(param_of_moment(name)) : name.find(".running_") != std::string::npos;
      if (compared) expect_agrees(values, fixture.tensor<float>(step + name), step + name);
    }
    expect_updates_are_adams(before, after, static_cast<int>(k));
  }
}

TEST(PyTorch, AgreesOnAFreeRunOfThreeSteps) {
  const Fixture fixture;
  Training training(fixture);
  training.set_state(state_before(1, fixture));
  const std::vector<float> expected = fixture.tensor<float>("free/losses");
  for (uint32_t k = 1; k <= 3; ++k) {
    const std::array<float, 2> losses = training.step(1, k);
    EXPECT_NEAR(losses[0], expected[2 * k - 2], 1e-4) << k;
    EXPECT_NEAR(losses[1], expected[2 * k - 1], 1e-4) << k;
  }
}

}  // namespace
}  // namespace cgan_jit::models
