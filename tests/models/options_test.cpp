#include "tests/models/options.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "tests/frontend/evaluate.h"
#include "tests/models/environment.h"

namespace cgan_jit::models {
namespace {

/// A model whose step in double takes the interpreter milliseconds.
CganConfig tiny() {
  CganConfig config;
  config.n_classes = 12;
  config.latent_dim = 3;
  config.img_size = 3;
  config.generator_widths = {6, 5};
  config.discriminator_widths = {5, 4};
  return config;
}

/// The loss's derivative as `param` moves along `direction`, by central differences of the fourth order.
double difference(const Graph& losses, Environment<double> environment, const std::string& loss,
                  const std::string& param, const std::vector<double>& direction) {
  constexpr double h = 1e-4;
  const std::vector<double> at = environment.at(param).reals;
  const auto loss_at = [&](double distance) {
    for (size_t i = 0; i < at.size(); ++i) environment[param].reals[i] = at[i] + distance * direction[i];
    return interpret<double>(losses, environment).at(loss).reals[0];
  };
  return (8 * (loss_at(h) - loss_at(-h)) - (loss_at(2 * h) - loss_at(-2 * h))) / (12 * h);
}

/// A bias right before batch normalisation: what it adds is taken away again.
bool moves_nothing(const std::string& param) { return param == "generator.model.2.bias"; }

// Adam's first moment is (1 - b1) times the gradient while the old one is 0.
void expect_gradients(const std::string& option, const CganConfig& config) {
  const Environment<double> environment = cgan_environment<double>(config);
  const auto after = interpret<double>(training_step(config, cgan_batch, cgan_images), environment);
  const Graph losses = evaluation(config, cgan_batch, cgan_images, Mode::train);
  for (const ParamDecl& decl : params(config)) {
    const auto moment = after.find("adam." + decl.name + ".m");
    if (moment == after.end()) continue;
    const std::vector<double>& m = moment->second.reals;
    const std::vector<double> direction = random_reals(decl.shape, 5).reals;
    const double along = std::inner_product(m.begin(), m.end(), direction.begin(), 0.0) / (1 - config.b1);
    const std::string loss = decl.name.starts_with("generator.") ? "g_loss" : "d_loss";
    EXPECT_NEAR(along, difference(losses, environment, loss, decl.name, direction), 1e-9)
        << option << ": " << decl.name;
    EXPECT_EQ(std::abs(along) < 1e-9, moves_nothing(decl.name)) << option << ": " << decl.name;
  }
}

TEST(Options, GradientsEqualFiniteDifferences) {
  expect_gradients("none", tiny());
  for (const auto& [option, config] : with_each_option(tiny())) expect_gradients(option, config);
}

}  // namespace
}  // namespace cgan_jit::models
