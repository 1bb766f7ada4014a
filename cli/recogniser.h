#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "cli/score_metrics.h"
#include "frontend/session.h"
#include "io/prepared.h"
#include "models/recogniser.h"

namespace cgan_jit::cli {

/// What a recogniser's file says of itself.
constexpr const char* recogniser_format = "cgan_jit recogniser 1";

/// Pictures as the recogniser sees them, [labels.size()][32][32] bytes, and what they show or should show.
struct LabelledPictures {
  std::vector<uint8_t> pixels, labels;
};

/// Square pictures of `side` pixels, resized as Pillow does.
std::vector<uint8_t> recogniser_view(std::span<const uint8_t> pixels, int64_t side);
LabelledPictures recogniser_view(const io::PreparedSet& set);

/// What a recogniser makes of pictures.
struct Recognition {
  std::vector<uint8_t> labels;  // one a picture
  std::vector<float> features;  // [labels.size()][width]
  int64_t width = 0;

  Points points() const { return {features, width}; }
};

/// A trained recogniser, compiled.
class Recogniser {
 public:
  /// Throws Error when the file is missing or holds no recogniser.
  Recogniser(SessionOptions options, const std::filesystem::path& file);
  Recogniser(const Recogniser&) = delete;
  Recogniser& operator=(const Recogniser&) = delete;

  int64_t classes() const { return config_.classes; }
  /// Of [count][32][32] bytes.
  Recognition recognise(std::span<const uint8_t> pictures);

 private:
  models::RecogniserConfig config_;
  Session session_;
  Session::ProgramId program_;
};

}  // namespace cgan_jit::cli
