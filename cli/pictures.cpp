#include "cli/pictures.h"

#include <algorithm>

#include "frontend/draws.h"
#include "training/finite.h"

namespace cgan_jit::cli {
namespace {

// Far from the streams of first values, which share step 0.
constexpr uint32_t noise_stream = 1u << 30;
// Of the generator's dropout: no training step comes that far.
constexpr uint32_t dropout_step = 0xffffffff;

}  // namespace

std::vector<float> noise_of(uint32_t seed, int64_t count, int64_t latent_dim) {
  return normal_values(seed, noise_stream, count * latent_dim);
}

Sampler::Sampler(LoggedSession& session, const models::CganConfig& config, std::vector<int32_t> labels,
                 uint32_t seed)
    : session_(session),
      labels_(std::move(labels)),
      noise_(noise_of(seed, static_cast<int64_t>(labels_.size()), config.latent_dim)),
      seed_(seed),
      program_(session.add("sampling", models::sampling(config, static_cast<int64_t>(labels_.size())))) {
  session_.session().bind(program_, "z", noise_);
  session_.session().bind(program_, "labels", labels_);
  if (config.g_dropout == 0) return;
  session_.session().bind(program_, "seed", {&seed_, 1});
  session_.session().bind(program_, "step", {&dropout_step, 1});
}

// In place: the program reads from where it was bound.
void Sampler::use(std::span<const float> noise, uint32_t dropout_seed) {
  check(noise.size() == noise_.size(), "noise: {} numbers, not {}", noise.size(), noise_.size());
  std::copy(noise.begin(), noise.end(), noise_.begin());
  seed_ = dropout_seed;
}

std::vector<float> Sampler::draw() {
  session_.session().run(program_);
  std::vector<float> images = session_.session().output(program_, "images");
  if (!training::all_finite(images)) throw training::NotFinite("the generator's pictures are not finite");
  return images;
}

std::vector<int32_t> grid_labels(int64_t classes) {
  std::vector<int32_t> labels;
  for (int row = 0; row < grid_rows; ++row) {
    for (int64_t label = 0; label < classes; ++label) labels.push_back(static_cast<int32_t>(label));
  }
  return labels;
}

}  // namespace cgan_jit::cli
