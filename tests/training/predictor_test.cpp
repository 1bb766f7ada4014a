#include "training/predictor.h"

#include <gtest/gtest.h>

#include <array>
#include <thread>

#include "frontend/cgan_jit.h"
#include "tests/io/files.h"
#include "training/checkpoint.h"

namespace cgan_jit::training {
namespace {

using io::error_of;

SessionOptions small_session(int threads = 1) { return {.threads = threads, .cache_dir = ""}; }

/// The net that is asked, trained for a step: with dropout and running statistics, which evaluation must
/// treat otherwise than training.
struct Example {
  Predictor::Net net;
  Type sample;
};

Tensor perceptron(Builder& builder, const Tensor& x) {
  Sequential net(builder);
  net.add<Linear>(33, 70);
  net.add<BatchNorm1d>(70);
  net.add<LeakyReLU>(0.2f);
  net.add<Dropout>(0.5f);
  net.add<Linear>(70, 5);
  net.add<Softmax>();
  return net(x);
}

Tensor convolutional(Builder& builder, const Tensor& pictures) {
  Sequential net(builder);
  net.add<Conv2d>(1, 4, 3);
  net.add<BatchNorm2d>(4);
  net.add<MaxPool2d>();
  net.add<ReLU>();
  net.add<Flatten>();
  net.add<Linear>(4 * 4 * 4, 10);
  return net(cast(pictures, DType::f32) / 255);
}

Tensor of_words(Builder& builder, const Tensor& words) {
  return Linear(builder / "last", 6 * 7, 3)(flatten(Embedding(builder / "words", 20, 7)(words), 1));
}

/// A number a sample, without an axis of its own.
Tensor mean_of_tanh(Builder& builder, const Tensor& x) {
  return mean(tanh(Linear(builder / "only", 40, 50)(x)), {1});
}

const Example on_floats{perceptron, {DType::f32, {33}}}, on_bytes{convolutional, {DType::u8, {1, 10, 10}}},
    on_words{of_words, {DType::i32, {6}}}, to_numbers{mean_of_tanh, {DType::f32, {40}}};

/// The samples x of a program of `count`, and what the net makes of them.
Tensor results_of(const Example& example, Builder& builder, int64_t count) {
  Shape shape = example.sample.shape;
  shape.insert(shape.begin(), count);
  return example.net(builder, builder.input("x", example.sample.dtype, shape));
}

template <typename T>
std::vector<T> samples(const Example& example, int64_t count) {
  std::vector<T> values;
  for (const float number : normal_values(3, 0, count * element_count(example.sample.shape))) {
    if constexpr (std::is_same_v<T, float>) {
      values.push_back(number);
    } else {
      values.push_back(static_cast<T>(std::abs(number) * 5));
    }
  }
  return values;
}

/// A session that trained the net for a step, and the checkpoint that it left.
template <typename T>
class Trained {
 public:
  explicit Trained(const Example& example) : example_(example), session_(small_session()) {
    Builder builder;
    builder.seed(), builder.step();  // for nets that do not ask
    const Tensor loss = mse_loss(results_of(example, builder, 8), 1);
    Adam{.lr = 0.01}.minimize(loss, builder.trained());
    const Session::ProgramId step = session_.add("step", builder.build());
    session_.initialize(1);
    const std::vector<T> x = samples<T>(example, 8);
    session_.bind(step, "x", x);
    const uint32_t one = 1;
    for (const char* input : {"seed", "step"}) session_.bind(step, input, std::span(&one, 1));
    session_.run(step);
    save_checkpoint(file(), session_, 1, "{}", "");
  }

  std::filesystem::path file() const { return folder_ / "trained.safetensors"; }
  Predictor predictor(PredictorOptions options = {.session = small_session()}) const {
    return Predictor(example_.net, example_.sample, file(), std::move(options));
  }
  /// What the session itself makes of the first samples, in evaluation mode.
  std::vector<float> evaluated(int64_t count) {
    Builder builder(Mode::eval);
    builder.output("y", results_of(example_, builder, count));
    const Session::ProgramId program = session_.add("evaluation", builder.build_without_updates());
    const std::vector<T> x = samples<T>(example_, count);
    session_.bind(program, "x", x);
    session_.run(program);
    return session_.output(program, "y");
  }

 private:
  io::TemporaryFolder folder_;
  Example example_;
  Session session_;
};

/// One sample, few, almost a block, a block, and blocks with rests.
constexpr std::array<int64_t, 8> counts = {1, 2, 9, 63, 64, 65, 80, 200};

template <typename T>
void expect_evaluation(const Example& example) {
  Trained<T> trained(example);
  Predictor predict = trained.predictor();
  for (const int64_t count : counts)
    EXPECT_EQ(predict(samples<T>(example, count)), trained.evaluated(count)) << count << " samples";
}

TEST(Predictor, OfFloatsEqualsTheSessionsEvaluation) { expect_evaluation<float>(on_floats); }
TEST(Predictor, OfBytesEqualsTheSessionsEvaluation) { expect_evaluation<uint8_t>(on_bytes); }
TEST(Predictor, OfWordsEqualsTheSessionsEvaluation) { expect_evaluation<int32_t>(on_words); }
TEST(Predictor, OfNumbersEqualsTheSessionsEvaluation) { expect_evaluation<float>(to_numbers); }

/// In pairs, and all at once in blocks of other sizes on two threads.
template <typename T>
void expect_the_same_in_any_company(const Example& example) {
  constexpr size_t count = 38;
  const Trained<T> trained(example);
  Predictor predict = trained.predictor(),
            in_blocks = trained.predictor({.block = 13, .session = small_session(2)});
  const std::vector<T> x = samples<T>(example, count);
  const size_t pair = x.size() / count * 2;
  std::vector<float> in_pairs;
  for (size_t at = 0; at < x.size(); at += pair) {
    const std::vector<float> y = predict(std::span<const T>(x).subspan(at, pair));
    in_pairs.insert(in_pairs.end(), y.begin(), y.end());
  }
  EXPECT_EQ(predict(x), in_pairs);
  EXPECT_EQ(in_blocks(x), in_pairs);
}

TEST(Predictor, MakesTheSameOfASampleWhateverComesWithIt) {
  expect_the_same_in_any_company<float>(on_floats);
  expect_the_same_in_any_company<uint8_t>(on_bytes);
  expect_the_same_in_any_company<int32_t>(on_words);
  expect_the_same_in_any_company<float>(to_numbers);
}

TEST(Predictor, OfNoSamplesHasNoResults) {
  Predictor predict = Trained<float>(on_floats).predictor();
  EXPECT_TRUE(predict(std::vector<float>()).empty());
}

TEST(Predictor, MayBeOneOfManyEachOnItsThread) {
  Trained<float> trained(on_floats);
  const std::vector<float> expected = trained.evaluated(70);
  std::array<std::vector<float>, 3> results;
  std::vector<std::thread> threads;
  for (std::vector<float>& result : results)
    threads.emplace_back([&] { result = trained.predictor()(samples<float>(on_floats, 70)); });
  for (std::thread& thread : threads) thread.join();
  for (const std::vector<float>& result : results) EXPECT_EQ(result, expected);
}

/// A file as PyTorch's own library writes one, with what the net does not ask for.
struct PyTorchFile {
  io::TemporaryFolder folder;
  std::filesystem::path path = folder / "model.safetensors";

  explicit PyTorchFile(const std::vector<io::StoredTensor>& tensors) {
    std::vector<io::TensorSource> sources;
    for (const io::StoredTensor& tensor : tensors) sources.push_back(io::source_of(tensor));
    io::write_safetensors(path, sources, {{"format", "pt"}});
  }
};

Tensor normalised_line(Builder& builder, const Tensor& x) {
  return BatchNorm1d(builder / "norm", 1, 0.f)(Linear(builder / "line", 2, 1)(x));
}
const Type pair{DType::f32, {2}};

TEST(Predictor, TakesAPyTorchNetsState) {
  const PyTorchFile state({io::store_floats("module.line.weight", {1, 2}, std::array{3.f, -1.f}),
                           io::store_floats("module.line.bias", {1}, std::array{0.5f}),
                           io::store_floats("module.norm.weight", {1}, std::array{2.f}),
                           io::store_floats("module.norm.bias", {1}, std::array{-1.f}),
                           io::store_floats("module.norm.running_mean", {1}, std::array{0.5f}),
                           io::store_floats("module.norm.running_var", {1}, std::array{4.f}),
                           io::store_integer("module.norm.num_batches_tracked", 7),
                           io::store_floats("other.line.weight", {3}, std::array{9.f, 9.f, 9.f})});
  Predictor predict(normalised_line, pair, state.path, {.prefix = "module.", .session = small_session()});
  EXPECT_EQ(predict(std::vector<float>{1, 0, 0, 1, 2, -2}), (std::vector<float>{2, -2, 7}));
}

TEST(Predictor, NamesFileTensorAndShapesThatDoNotFit) {
  const auto refused = [](const PyTorchFile& file) {
    return error_of([&] { Predictor(normalised_line, pair, file.path, {.session = small_session()}); },
                    file.path.string());
  };
  const std::string missing = refused(PyTorchFile({io::store_floats("line.bias", {1}, std::array{0.f})}));
  EXPECT_NE(missing.find("line.weight"), std::string::npos) << missing;
  const std::string wide =
      refused(PyTorchFile({io::store_floats("line.bias", {1}, std::array{0.f}),
                           io::store_floats("line.weight", {1, 3}, std::array{0.f, 0.f, 0.f})}));
  for (const char* part : {"line.weight", "[1,3]", "[1,2]"})
    EXPECT_NE(wide.find(part), std::string::npos) << wide;
}

TEST(Predictor, RefusesADamagedCheckpoint) {
  const Trained<float> trained(on_floats);
  std::string bytes = io::text_of(trained.file());
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  io::write_file(trained.file(), bytes);
  error_of([&] { trained.predictor(); }, "damaged");
}

TEST(Predictor, RefusesSamplesOfAnotherSizeOrType) {
  Predictor predict = Trained<float>(on_floats).predictor();
  const std::string size = error_of([&] { predict(std::vector<float>(100)); }, "f32[33]");
  EXPECT_NE(size.find("100 values"), std::string::npos) << size;
  error_of([&] { predict(std::vector<uint8_t>(33)); }, "u8");
}

TEST(Predictor, RefusesANetThatIsNoFunctionOfASample) {
  const auto refused = [](const Predictor::Net& net, const Type& sample, const std::string& place) {
    error_of([&] { Predictor(net, sample, "none", {.session = small_session()}); }, place);
  };
  refused([](Builder&, const Tensor& x) { return sum(x); }, pair, "f32[]");
  refused([](Builder&, const Tensor& x) { return argmax(x, 1); }, pair, "i32[1]");
  refused(normalised_line, {DType::f32, {2, 0}}, "f32[2,0]");
  error_of([&] { Predictor(normalised_line, pair, "none", {.block = 1, .session = small_session()}); },
           "at least 2");
}

}  // namespace
}  // namespace cgan_jit::training
