#pragma once

#include <span>
#include <vector>

#include "cli/logged_session.h"
#include "models/cgan.h"

namespace cgan_jit::cli {

/// The noise of so many pictures, [count][latent_dim], standard normal.
std::vector<float> noise_of(uint32_t seed, int64_t count, int64_t latent_dim);

/// The generator of a session, BatchNorm in evaluation mode, over fixed noise and labels. Reads params,
/// changes none.
class Sampler {
 public:
  /// A picture a label; its noise, the generator's dropout too, is drawn from `seed`. Compiles the program
  /// "sampling".
  Sampler(LoggedSession& session, const models::CganConfig& config, std::vector<int32_t> labels,
          uint32_t seed);
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  /// From now on other noise: z, [labels][latent_dim], and the seed of the generator's dropout.
  void use(std::span<const float> noise, uint32_t dropout_seed);

  /// [labels][pixels] in [-1, 1], with the params as they are now. Throws NotFinite.
  std::vector<float> draw();

 private:
  LoggedSession& session_;
  std::vector<int32_t> labels_;
  std::vector<float> noise_;
  uint32_t seed_;
  Session::ProgramId program_;
};

/// The labels of a grid: ten rows, a column a class of the data.
constexpr int grid_rows = 10;
std::vector<int32_t> grid_labels(int64_t classes);

}  // namespace cgan_jit::cli
