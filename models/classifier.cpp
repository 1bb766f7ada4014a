#include "models/classifier.h"

#include "frontend/layers.h"
#include "frontend/losses.h"
#include "frontend/optimizers.h"

namespace cgan_jit::models {

namespace {

Sequential network(Builder& builder, const ClassifierConfig& config) {
  Sequential model(builder);
  int64_t in = config.pixels;
  for (int64_t out : config.widths) {
    model.add<Linear>(in, out);
    model.add<ReLU>();
    in = out;
  }
  model.add<Linear>(in, config.classes);
  return model;
}

Tensor in_unit_range(const Tensor& images) { return cast(images, DType::f32) / 255; }

void record_training_step(Builder& builder, const ClassifierConfig& config, int64_t batch,
                          int64_t dataset_size) {
  const Sequential model = network(builder, config);
  const Tensor images = builder.input("images", DType::u8, {dataset_size, config.pixels});
  const Tensor labels = builder.input("labels", DType::u8, {dataset_size});
  const Tensor indices = builder.input("indices", DType::i32, {batch});
  const Tensor loss =
      cross_entropy(model(in_unit_range(embedding(images, indices))), embedding(labels, indices));
  builder.output("loss", loss);
  Adam{.lr = config.lr, .count = builder.step()}.minimize(loss, builder.trained());
}

}  // namespace

Recording training_step(const ClassifierConfig& config, int64_t batch, int64_t dataset_size) {
  Builder builder;
  record_training_step(builder, config, batch, dataset_size);
  return builder.build();
}

Recording inference(const ClassifierConfig& config, int64_t count) {
  Builder builder(Mode::eval);
  const Sequential model = network(builder, config);
  builder.output("logits", model(in_unit_range(builder.input("images", DType::u8, {count, config.pixels}))));
  return builder.build();
}

std::vector<ParamDecl> params(const ClassifierConfig& config) { return training_step(config, 1, 1).params; }

}  // namespace cgan_jit::models
