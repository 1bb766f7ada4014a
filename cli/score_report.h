#pragma once

#include <optional>
#include <string>

#include "cli/recogniser.h"
#include "cli/score_metrics.h"
#include "io/png.h"

namespace cgan_jit::cli {

/// Where the judged pictures come from.
struct Subject {
  std::string name;             // for people: a run, a checkpoint, a folder of data
  std::optional<int64_t> step;  // of the generator; none: real pictures
  uint32_t seed = 0;            // of the noise
};

/// All that is said of a set of pictures.
struct Score {
  Subject subject;
  Confusion confusion;
  double frechet = 0;  // between the features of the judged pictures and of the reference
  PrecisionRecall manifold;
  std::vector<double> spreads;  // by class
  // The yardstick: how the reference itself is recognised, and its spread.
  double reference_recognised = 0, reference_spread = 0;

  double spread() const;
};

/// The mean of some spreads.
double mean(const std::vector<double>& values);

/// For people: the figures, then the confusion matrix, a row a class.
std::string to_text(const Score& score);
/// For programs.
std::string to_json(const Score& score);
/// A tile a pair of asked (down) and recognised (across), as bright as the square root of its share of the
/// row; left of each row the mean of the judged pictures, above each column that of the reference.
io::Image confusion_picture(const Confusion& confusion, const LabelledPictures& judged,
                            const LabelledPictures& reference);

}  // namespace cgan_jit::cli
