#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <optional>
#include <regex>
#include <set>

#include "bench/nets/dcgan.h"
#include "bench/nets/infogan.h"
#include "bench/nets/lenet.h"
#include "bench/nets/mlp.h"
#include "bench/nets/nets.h"
#include "bench/nets/recurrent.h"
#include "bench/nets/transformer.h"
#include "bench/nets/vae.h"
#include "bench/nets/wgan.h"
#include "cli/made_up_data.h"
#include "cli/step_loop.h"
#include "io/safetensors.h"

// The fixture is described in tests/models/fixture/make_nets_fixture.py, which has the same small sizes.

namespace cgan_jit::nets {
namespace {

struct SmallNet {
  const char* name;
  TrainingStep step;
  std::vector<std::string> losses;
};

std::vector<SmallNet> small_nets() {
  const WganSizes wgan_sizes{8, 6, 20, {8, 18}, {18, 8}};
  const std::vector<std::string> of_wgan = {"critic_loss", "generator_loss"};
  return {
      {"mlp", mlp({12, 20, {18, 8}}), {"loss"}},
      {"residual_mlp", residual_mlp({6, 20, 3}), {"loss"}},
      {"lenet", lenet({4, 12, {3, 18}, 20}), {"loss"}},
      {"vae", vae({8, 20, 18, 5}), {"loss"}},
      {"wgan", wgan(wgan_sizes), of_wgan},
      {"wgan_gp", wgan_gp(wgan_sizes), of_wgan},
      {"infogan",
       infogan({8, 6, 10, 2, 20, {8, 18}, {18, 8}}),
       {"generator_loss", "discriminator_loss", "info_loss"}},
      {"lstm", lstm({4, 5, 6, 18, 10}), {"loss"}},
      {"rnn", rnn({4, 9, 6, 18, 10}), {"loss"}},
      {"dcgan", dcgan({8, 6, 16, 8, 18, {3, 6, 18}}), {"generator_loss", "discriminator_loss"}},
      {"transformer", transformer({3, 10, 24, 4, 2, 18}), {"loss"}},
  };
}

using Params = std::map<std::string, std::vector<float>>;

class Fixture {
 public:
  explicit Fixture(const std::string& net) : net_(net + "/") {}

  /// Those whose names begin with the net's and `kind`.
  Params of(const std::string& kind) const {
    const std::string prefix = net_ + kind + "/";
    Params found;
    for (const io::StoredTensor& tensor : file_.tensors) {
      if (tensor.name.starts_with(prefix))
        found[tensor.name.substr(prefix.size())] = io::floats_of(tensor, tensor.shape);
    }
    return found;
  }

 private:
  io::Safetensors file_ =
      io::read_safetensors(CGAN_JIT_SOURCE_DIR "/tests/models/fixture/net_steps.safetensors");
  std::string net_;
};

double distance(const std::vector<float>& a, const std::vector<float>& b) {
  double squares = 0;
  for (size_t i = 0; i < a.size(); ++i) squares += std::pow(double{a[i]} - b[i], 2);
  return std::sqrt(squares);
}

/// Right before batch normalisation a bias has the true gradient 0: what is computed for it is rounding, of
/// which optimisers make steps of full length.
const std::set<std::string> cancelled = {"generator.2.bias", "generator.conv_blocks.2.bias",
                                         "generator.conv_blocks.6.bias"};

/// Those of a param that the loss depends on. A key's bias moves all scores of a query alike, which softmax
/// does not see: the middle third of the three projections' biases.
std::vector<float> that_matter(const std::string& name, std::vector<float> values) {
  if (name.ends_with("in_proj_bias")) {
    const auto third = std::ssize(values) / 3;
    values.erase(values.begin() + third, values.begin() + 2 * third);
  }
  return values;
}

// WGAN's clamped critic tells images apart by 1e-5 where each of the two means is near 0.006.
double tolerance(double loss) { return 1e-5 * std::max(std::abs(loss), 0.01); }

TEST(NetsBesidePyTorch, ThreeStepsHaveItsLossesAndMoveTheParamsAlike) {
  for (SmallNet& net : small_nets()) {
    SCOPED_TRACE(net.name);
    const Fixture fixture(net.name);
    const Params initial = fixture.of("initial"), after = fixture.of("after"), losses = fixture.of("losses");
    cli::StepLoop loop({}, net.step, cli::made_up_data(net.step));
    for (const auto& [name, values] : initial) loop.set_param(name, values);
    for (size_t k = 0; k < 3; ++k) {
      loop.seconds(1);
      for (const std::string& name : net.losses) {
        const double expected = losses.at(name).at(k);
        EXPECT_NEAR(loop.output(name), expected, tolerance(expected)) << name << " of step " << k + 1;
      }
    }
    for (const auto& [name, values] : after) {
      if (cancelled.contains(name)) continue;
      const std::vector<float> expected = that_matter(name, values);
      const double moved = distance(expected, that_matter(name, initial.at(name)));
      EXPECT_LE(distance(that_matter(name, loop.param(name)), expected), 1e-3 * moved) << name;
    }
  }
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(CGAN_JIT_SOURCE_DIR / path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The scripts of a framework, as one text.
std::string peers_of(const std::string& framework) {
  std::string all;
  for (const char* kind : {"nets", "layers", "dcgan"})
    all += text_of("bench/peers/" + framework + "_" + kind + ".py");
  return all;
}

/// The class that makes a net's twins, and its sizes: "()" where they are that class's own.
struct Twin {
  std::string class_name, sizes;
};
std::optional<Twin> twin_of(const std::string& net) {
  const std::string text = text_of("bench/peers/contestant.py");
  std::smatch found;
  if (!std::regex_search(text, found, std::regex("\n    \"" + net + "\": \\(\"(\\w+)\", (\\(.*\\))\\),\n")))
    return {};
  return Twin{found[1], found[2]};
}

TEST(NetsBesidePyTorch, HaveTwinsAndAPlaceInTheReadme) {
  const std::string readme = text_of("README.md");
  for (const auto& [name, make] : all()) {
    const std::optional<Twin> twin = twin_of(name);
    EXPECT_TRUE(twin) << name << " has no line in contestant.py";
    for (const char* framework : {"pytorch", "jax"}) {
      EXPECT_TRUE(twin && peers_of(framework).find("class " + twin->class_name + "(") != std::string::npos)
          << name << " has no class for " << framework;
    }
    EXPECT_TRUE(name.starts_with("layer_") || readme.find("`" + name + "`") != std::string::npos) << name;
  }
}

// A net at other sizes than its class's own is another's again, or a layer.
TEST(NetsBesidePyTorch, AreAllHeldToItsSteps) {
  std::set<std::string> own, held;
  for (const auto& [name, make] : all()) {
    if (twin_of(name).value_or(Twin{}).sizes == "()") own.insert(name);
  }
  for (const SmallNet& net : small_nets()) held.insert(net.name);
  EXPECT_EQ(held, own);
}

}  // namespace
}  // namespace cgan_jit::nets
