#include "cli/recogniser_trainer.h"

#include "cli/recogniser.h"
#include "io/safetensors.h"

namespace cgan_jit::cli {
namespace {

constexpr size_t losses_kept = 10;  // enough to see that a file came from this training

}  // namespace

RecogniserTrainer::RecogniserTrainer(SessionOptions options, training::DataSet data, int64_t classes,
                                     uint32_t seed)
    : config_{.classes = classes},
      session_(std::move(options)),
      schedule_{data.count(), batch, training::Rest::left_out},
      data_(std::move(data)),
      seed_(seed) {
  if (data_.count() < batch)
    throw Error("{} pictures, but the recogniser learns from {} a step", data_.count(), batch);
  for (double rate : rates) compile(rate);
  session_.initialize(seed);
}

void RecogniserTrainer::compile(double rate) {
  if (trainers_.count(rate)) return;
  config_.lr = rate;
  const auto record = [config = config_](Builder& builder, int64_t of_batch, int64_t rows) {
    models::record_training_step(builder, config, of_batch, rows);
  };
  const auto [trainer, is_new] =
      trainers_.try_emplace(rate, session_, training::Recipe{record, schedule_, seed_}, 1, steps());
  trainer->second.use(data_);
}

float RecogniserTrainer::run(int64_t step) {
  const double rate = rates.at(static_cast<size_t>(schedule_.epoch(step) - 1));
  const float loss = trainers_.at(rate).run(step).front();
  if (first_losses_.size() < losses_kept) first_losses_.push_back(loss);
  done_ = step;
  return loss;
}

void RecogniserTrainer::save(const std::filesystem::path& file) const {
  std::vector<io::TensorSource> tensors;
  for (const ParamDecl& param : models::params(config_)) {
    if (param.trained)
      tensors.push_back(io::source_of(io::store_floats(param.name, param.shape, session_.param(param.name))));
  }
  io::write_safetensors(file, tensors,
                        {{"format", recogniser_format},
                         {"seed", std::to_string(seed_)},
                         {"steps", std::to_string(done_)},
                         {"first_losses", fmt::format("{}", fmt::join(first_losses_, ","))}});
}

}  // namespace cgan_jit::cli
