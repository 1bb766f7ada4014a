#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/score_metrics.h"
#include "io/pen.h"

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
/// The confusion matrix as a table of counts, shaded.
io::Drawing confusion_map(const Score& score);

}  // namespace cgan_jit::cli
