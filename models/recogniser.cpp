#include "models/recogniser.h"

#include "frontend/layers.h"
#include "frontend/losses.h"
#include "frontend/optimizers.h"

namespace cgan_jit::models {

namespace {

/// What a side of `size` pixels becomes behind a convolution and its maximum.
int64_t halved(int64_t size, int64_t kernel) { return (size - kernel + 1) / 2; }

struct Recogniser {
  Recogniser(const RecogniserConfig& config, const Scope& scope)
      : convolutions(scope / "convolutions"),
        dense(scope / "dense"),
        last(scope / "last", config.features, config.classes) {
    int64_t in = 1, side = config.size;
    for (size_t i = 0; i < config.channels.size(); ++i) {
      const int64_t out = config.channels[i], kernel = config.kernels[i];
      convolutions.add<Conv2d>(in, out, kernel);
      convolutions.add<MaxPool2d>();
      convolutions.add<ReLU>();
      in = out;
      side = halved(side, kernel);
    }
    convolutions.add<Flatten>();
    dense.add<Linear>(in * side * side, config.features);
    dense.add<ReLU>();
  }

  /// [count, 1, size, size] in [-1, 1] -> [count, features].
  Tensor features(const Tensor& pictures) const { return dense(convolutions(pictures)); }

  Sequential convolutions, dense;
  Linear last;
};

/// Bytes [count, size, size] as the nets see pictures, [count, 1, size, size] in [-1, 1].
Tensor scaled(const Tensor& bytes) {
  const Shape& shape = bytes.shape();
  return reshape((cast(bytes, DType::f32) / 255 - 0.5) / 0.5, {shape[0], 1, shape[1], shape[2]});
}

/// The rows "indices" of the data set, each moved by a random number of pixels; black comes in at the edges.
Tensor moved_batch(Builder& builder, const RecogniserConfig& config, const Tensor& indices,
                   int64_t dataset_size) {
  const Tensor images = builder.input("images", DType::u8, {dataset_size * config.pixels()});
  const int64_t batch = indices.shape()[0], size = config.size, places = 2 * config.shift + 1;
  const Shape shape = {batch, size, size}, one_a_picture = {batch, 1, 1};
  const auto moved = [&](int axis) {
    const Tensor by = random_integers(builder, places, one_a_picture) - config.shift;
    return builder.iota(axis, shape) - by;
  };
  const auto inside = [&](const Tensor& at) { return minimum(maximum(at, 0), size - 1) == at; };
  const Tensor row = moved(1), column = moved(2);
  const Tensor pixel = (reshape(indices, one_a_picture) * size + row) * size + column;
  return embedding(images, where(inside(row), where(inside(column), pixel, -1), -1));
}

}  // namespace

void record_training_step(Builder& builder, const RecogniserConfig& config, int64_t batch,
                          int64_t dataset_size) {
  const Recogniser recogniser(config, builder);
  const Tensor labels = builder.input("labels", DType::u8, {dataset_size});
  const Tensor indices = builder.input("indices", DType::i32, {batch});
  const Tensor pictures = scaled(moved_batch(builder, config, indices, dataset_size));
  const Tensor loss =
      cross_entropy(recogniser.last(recogniser.features(pictures)), embedding(labels, indices));
  builder.output("loss", loss);
  Adam{.lr = config.lr, .count = builder.step()}.minimize(loss, builder.trained());
}

Recording training_step(const RecogniserConfig& config, int64_t batch, int64_t dataset_size) {
  Builder builder;
  record_training_step(builder, config, batch, dataset_size);
  return builder.build();
}

Recording inference(const RecogniserConfig& config, int64_t count) {
  Builder builder(Mode::eval);
  const Recogniser recogniser(config, builder);
  const Tensor images = builder.input("images", DType::u8, {count, config.pixels()});
  const Tensor features = recogniser.features(scaled(reshape(images, {count, config.size, config.size})));
  builder.output("features", features);
  builder.output("logits", recogniser.last(features));
  return builder.build();
}

std::vector<ParamDecl> params(const RecogniserConfig& config) { return training_step(config, 1, 1).params; }

}  // namespace cgan_jit::models
