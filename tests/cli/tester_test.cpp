#include "cli/tester.h"

#include <gtest/gtest.h>

#include "tests/programs/training.h"

// What a test says of both nets: the mean over all test images, the interpreter's to the last bit.

namespace cgan_jit::cli {
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
io::PreparedSet prepared(const StepInputs& inputs) {
  return {static_cast<int64_t>(inputs.labels.size()), 0, inputs.images, inputs.labels, nullptr};
}

/// A session whose nets have trained for two steps.
struct Trained {
  LoggedSession logged;
  StepInputs training = made_up_inputs(training_count, small_batches().pixels(), 10, batch_size);

  explicit Trained(int threads = 1) : logged(options(threads)) {
    Session& session = logged.session();
    const auto step = logged.add("train", models::training_step(small_batches(), batch_size, training_count));
    session.initialize(1);
    bind(session, step, training);
    for (int i = 0; i < 2; ++i) {
      session.run(step);
      advance(training);
    }
  }

  static SessionOptions options(int threads) {
    SessionOptions options;
    options.threads = threads;
    options.cache_dir = "";
    return options;
  }

  Losses tested(const StepInputs& images) {
    return Tester(logged, small_batches(), 1, prepared(images)).run([](const Place&) {}).value();
  }
};

/// The evaluation of the rows first .. last - 1 in the interpreter, with the random numbers of a step.
Losses on_paper(const Session& session, StepInputs images, int32_t first, int32_t last, uint32_t step) {
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
TEST(Tester, IsTheMeanOverAllImagesEachOnce) {
  for (int32_t count : {1, 3, 5, 10, 13}) {
    Trained nets;
    const StepInputs images = test_images(count);
    double g = 0, d = 0;
    uint32_t step = Tester::first_step;
    for (int32_t first = 0; first < count; first += batch_size, ++step) {
      const int32_t last = std::min<int32_t>(first + batch_size, count);
      const Losses losses = on_paper(nets.logged.session(), images, first, last, step);
      g += static_cast<double>(last - first) * losses.g;
      d += static_cast<double>(last - first) * losses.d;
    }
    const Losses tested = nets.tested(images);
    EXPECT_EQ(tested.g, static_cast<float>(g / count)) << count;
    EXPECT_EQ(tested.d, static_cast<float>(d / count)) << count;
  }
}

TEST(Tester, EveryImageCounts) {
  Trained nets;
  StepInputs images = test_images(13);
  const Losses losses = nets.tested(images);
  const auto pixels = static_cast<size_t>(images.pixels);
  for (size_t image = 0; image < images.labels.size(); ++image) {
    const std::vector<uint8_t> kept = images.images;
    for (size_t i = image * pixels; i < (image + 1) * pixels; ++i) images.images[i] ^= 255;
    const Losses other = nets.tested(images);
    EXPECT_NE(other.d, losses.d) << image;
    EXPECT_EQ(other.g, losses.g) << image;
    images.images = kept;
  }
}

TEST(Tester, ChangesNothingAndIsTheSameAgainAtAnyThreadCountAndInASessionOfItsOwn) {
  const StepInputs images = test_images(13);
  Trained one, two(2);
  const uint64_t before = hash_of_params(one.logged.session());
  const Losses losses = one.tested(images);
  EXPECT_EQ(hash_of_params(one.logged.session()), before);

  LoggedSession alone(Trained::options(1));
  Tester tester(alone, small_batches(), 1, prepared(images));
  for (const std::string& name : alone.session().param_names())
    alone.session().set_param(name, one.logged.session().param(name));
  const Losses in_its_own = tester.run([](const Place&) {}).value();
  for (const Losses& other : {one.tested(images), two.tested(images), in_its_own}) {
    EXPECT_EQ(other.g, losses.g);
    EXPECT_EQ(other.d, losses.d);
  }
}

}  // namespace
}  // namespace cgan_jit::cli
