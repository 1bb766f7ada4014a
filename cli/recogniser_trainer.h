#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "frontend/session.h"
#include "models/recogniser.h"
#include "training/trainer.h"

namespace cgan_jit::cli {

/// Trains a recogniser: a pure function of data and seed, at any number of threads. Batches of 64; pictures
/// behind the last whole one of an epoch are left out.
class RecogniserTrainer {
 public:
  /// Adam's learning rate, one an epoch.
  static constexpr std::array rates = {0.002, 0.001, 0.001, 0.0003, 0.0001};
  static constexpr int64_t batch = 64;

  /// Compiles. Throws Error when there is not one whole batch.
  RecogniserTrainer(SessionOptions options, training::DataSet data, int64_t classes, uint32_t seed);
  RecogniserTrainer(const RecogniserTrainer&) = delete;
  RecogniserTrainer& operator=(const RecogniserTrainer&) = delete;

  const training::Schedule& schedule() const { return schedule_; }
  int64_t steps() const { return schedule_.batches() * static_cast<int64_t>(rates.size()); }
  /// Runs the step (they count from 1, and come in order); its loss.
  float run(int64_t step);
  /// What was learned so far, with the losses of the first steps, in a file: without the optimiser's state.
  void save(const std::filesystem::path& file) const;

 private:
  void compile(double rate);

  models::RecogniserConfig config_;
  Session session_;
  training::Schedule schedule_;
  training::DataSet data_;
  uint32_t seed_;
  int64_t done_ = 0;                              // steps
  std::map<double, training::Trainer> trainers_;  // by learning rate
  std::vector<float> first_losses_;
};

}  // namespace cgan_jit::cli
