#include "cli/recogniser_trainer.h"

#include <algorithm>

#include "cli/recogniser.h"
#include "cli/shuffle.h"
#include "io/safetensors.h"

namespace cgan_jit::cli {
namespace {

constexpr size_t losses_kept = 10;  // enough to see that a file came from this training

}  // namespace

RecogniserTrainer::RecogniserTrainer(SessionOptions options, io::PreparedSet data, int64_t classes,
                                     uint32_t seed)
    : config_{.classes = classes},
      session_(std::move(options)),
      data_(std::move(data)),
      seed_(seed),
      indices_(static_cast<size_t>(batch)) {
  if (data_.count < batch)
    throw Error("{} pictures, but the recogniser learns from {} a step", data_.count, batch);
  for (double rate : rates) compile(rate);
  session_.initialize(seed);
}

void RecogniserTrainer::compile(double rate) {
  if (programs_.count(rate)) return;
  config_.lr = rate;
  const auto id =
      session_.add("recogniser's training step", models::training_step(config_, batch, data_.count));
  session_.bind(id, "images", data_.pixels);
  session_.bind(id, "labels", data_.labels);
  session_.bind(id, "indices", indices_);
  session_.bind(id, "seed", {&seed_, 1});
  session_.bind(id, "step", {&step_, 1});
  programs_[rate] = {id, session_.scalar_output(id, "loss")};
}

float RecogniserTrainer::run(int64_t step) {
  const int64_t epoch = (step - 1) / batches(), first = (step - 1) % batches() * batch;
  if (epoch + 1 != epoch_) order_ = epoch_order(seed_, epoch + 1, data_.count);
  epoch_ = epoch + 1;
  std::copy_n(order_.begin() + first, batch, indices_.begin());
  step_ = static_cast<uint32_t>(step);
  const Program& program = programs_.at(rates[static_cast<size_t>(epoch)]);
  session_.run(program.id);
  if (first_losses_.size() < losses_kept) first_losses_.push_back(*program.loss);
  return *program.loss;
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
                         {"steps", std::to_string(step_)},
                         {"first_losses", fmt::format("{}", fmt::join(first_losses_, ","))}});
}

}  // namespace cgan_jit::cli
