#include "training/evaluation.h"

#include <gtest/gtest.h>

#include "tests/programs/training.h"

// What a test says of both nets of a GAN: the mean over all test images, the interpreter's to the last bit.

namespace cgan_jit::training {
namespace {

constexpr int64_t batch_size = 5, training_count = 24;

models::CganConfig small_batches() {
  models::CganConfig config = tiny_cgan();
  config.batch_size = batch_size;
  config.g_dropout = 0.25f;
  return config;
}

StepInputs test_images(int64_t count) { return made_up_inputs(count, small_batches().pixels(), 10, 1); }

/// The memory stays the inputs'.
DataSet data_of(const StepInputs& inputs) {
  return DataSet()
      .table("images", {inputs.pixels}, std::span(inputs.images))
      .table("labels", {}, std::span(inputs.labels));
}

void record(Builder& builder, int64_t batch, int64_t rows) {
  models::record_evaluation(builder, small_batches(), batch, rows);
}

const std::vector<std::string> losses = {"g_loss", "d_loss"};
using Means = std::vector<float>;

SessionOptions options(int threads) {
  SessionOptions options;
  options.threads = threads;
  options.cache_dir = "";
  return options;
}

Means means_of(Session& session, const StepInputs& images) {
  return Evaluation(session, record, data_of(images), batch_size, 1, losses).run().value();
}

/// A session whose nets have trained for two steps.
struct Trained {
  Session session;
  StepInputs training = made_up_inputs(training_count, small_batches().pixels(), 10, batch_size);

  explicit Trained(int threads = 1) : session(options(threads)) {
    const auto step =
        session.add("train", models::training_step(small_batches(), batch_size, training_count));
    session.initialize(1);
    bind(session, step, training);
    for (int i = 0; i < 2; ++i) {
      session.run(step);
      advance(training);
    }
  }

  Means tested(const StepInputs& images) { return means_of(session, images); }
};

/// The evaluation of the rows first .. last - 1 in the interpreter, with the random numbers of a step.
Means on_paper(const Session& session, StepInputs images, int32_t first, int32_t last, uint32_t step) {
  images.indices.clear();
  for (int32_t row = first; row < last; ++row) images.indices.push_back(row);
  images.step = step;
  Environment<float> environment = environment_of<float>(images);
  add_params(environment, session);
  const Graph graph = models::evaluation(small_batches(), last - first,
                                         static_cast<int64_t>(images.labels.size()), Mode::eval);
  PipelineOptions pipeline;
  pipeline.target = session.target();
  const auto results = interpret<float>(run_graph_passes(graph, pipeline), environment);
  return {results.at("g_loss").reals[0], results.at("d_loss").reals[0]};
}

// Smaller than a batch, one batch, whole batches, and with a shorter one behind them.
TEST(Evaluation, IsTheMeanOverAllRowsEachOnce) {
  for (int32_t count : {1, 3, 5, 10, 13}) {
    Trained nets;
    const StepInputs images = test_images(count);
    double g = 0, d = 0;
    uint32_t step = Evaluation::first_step;
    for (int32_t first = 0; first < count; first += batch_size, ++step) {
      const int32_t last = std::min<int32_t>(first + batch_size, count);
      const Means means = on_paper(nets.session, images, first, last, step);
      g += static_cast<double>(last - first) * means[0];
      d += static_cast<double>(last - first) * means[1];
    }
    EXPECT_EQ(nets.tested(images), (Means{static_cast<float>(g / count), static_cast<float>(d / count)}))
        << count;
  }
}

TEST(Evaluation, EveryRowCounts) {
  Trained nets;
  StepInputs images = test_images(13);
  const Means means = nets.tested(images);
  const auto pixels = static_cast<size_t>(images.pixels);
  for (size_t image = 0; image < images.labels.size(); ++image) {
    const std::vector<uint8_t> kept = images.images;
    for (size_t i = image * pixels; i < (image + 1) * pixels; ++i) images.images[i] ^= 255;
    const Means other = nets.tested(images);
    EXPECT_EQ(other[0], means[0]) << image;
    EXPECT_NE(other[1], means[1]) << image;
    images.images = kept;
  }
}

TEST(Evaluation, ChangesNothingAndIsTheSameAgainAtAnyThreadCountAndInASessionOfItsOwn) {
  const StepInputs images = test_images(13);
  Trained one, two(2);
  const uint64_t before = hash_of_params(one.session);
  const Means means = one.tested(images);
  EXPECT_EQ(hash_of_params(one.session), before);
  EXPECT_EQ(one.tested(images), means);
  EXPECT_EQ(two.tested(images), means);

  Session alone(options(1));
  Evaluation evaluation(alone, record, data_of(images), batch_size, 1, losses);
  for (const std::string& name : alone.param_names()) alone.set_param(name, one.session.param(name));
  EXPECT_EQ(evaluation.run(), means);
}

TEST(Evaluation, AsksForRows) {
  Session session(options(1));
  const DataSet none = DataSet().table("images", {4}, std::vector<uint8_t>());
  EXPECT_THROW(Evaluation(session, record, none, batch_size, 1), Error);
}

}  // namespace
}  // namespace cgan_jit::training
