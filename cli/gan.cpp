#include "cli/gan.h"

namespace cgan_jit::cli {

training::Record gan_step(const models::CganConfig& model) {
  return [model](Builder& builder, int64_t batch, int64_t rows) {
    models::record_training_step(builder, model, batch, rows);
  };
}

training::Record gan_evaluation(const models::CganConfig& model) {
  return [model](Builder& builder, int64_t batch, int64_t rows) {
    models::record_evaluation(builder, model, batch, rows);
  };
}

const std::vector<training::Loss>& gan_losses() {
  static const std::vector<training::Loss> losses = {{"d_loss", "D", "discriminator"},
                                                     {"g_loss", "G", "generator"}};
  return losses;
}

TrainConfig config_of(const training::Checkpoint& checkpoint) {
  return merge({layer_from_json(checkpoint.config, checkpoint.path.string())});
}

TrainConfig read_checkpoint_config(const std::filesystem::path& checkpoint) {
  return merge({layer_from_json(training::read_checkpoint_config(checkpoint), checkpoint.string())});
}

}  // namespace cgan_jit::cli
