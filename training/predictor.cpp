#include "training/predictor.h"

#include <algorithm>

#include "training/checkpoint.h"

namespace cgan_jit::training {
namespace {

constexpr const char *input_name = "x", *output_name = "y";

/// A block costs what this part of its samples cost one by one.
constexpr size_t gain_of_block = 8;

size_t bytes_of_sample(const Type& sample) {
  const int64_t bytes = element_count(sample.shape) * bytes_of(sample.dtype);
  if (bytes == 0) throw Error("predictor: a sample {} has no elements", to_string(sample));
  return static_cast<size_t>(bytes);
}

size_t checked_block(int64_t block) {
  if (block < 1) throw Error("predictor: a block of {} samples; at least 1 is needed", block);
  return static_cast<size_t>(block);
}

Shape of_many(Shape sample, int64_t count) {
  sample.insert(sample.begin(), count);
  return sample;
}

void expect_results(const Type& results, int64_t count) {
  if (results.dtype == DType::f32 && !results.shape.empty() && results.shape.front() == count) return;
  throw Error("predictor: the net makes {} of {} samples; f32[{},...] is needed", to_string(results), count,
              count);
}

}  // namespace

Predictor::Predictor(Net net, Type sample, const std::filesystem::path& file, PredictorOptions options)
    : net_(std::move(net)),
      sample_(std::move(sample)),
      sample_bytes_(bytes_of_sample(sample_)),
      block_(checked_block(options.block)),
      session_(std::move(options.session)),
      single_(compile("sample", 1)) {
  read_params(session_, file, options.prefix);
}

Session::ProgramId Predictor::compile(const std::string& name, int64_t count) {
  Builder builder(Mode::eval);
  const Tensor results =
      net_(builder, builder.input(input_name, sample_.dtype, of_many(sample_.shape, count)));
  expect_results(results.type(), count);
  builder.output(output_name, results);
  return session_.add(name, builder.build_without_updates());
}

Session::ProgramId Predictor::block_program() {
  if (!block_program_) block_program_ = compile("block of samples", static_cast<int64_t>(block_));
  return *block_program_;
}

size_t Predictor::count_of(DType dtype, size_t bytes) const {
  if (dtype != sample_.dtype)
    throw Error("predictor: a sample is {}, but values of {} are given", to_string(sample_), name_of(dtype));
  if (bytes % sample_bytes_ != 0)
    throw Error("predictor: a sample is {}; {} values are no whole number of them", to_string(sample_),
                bytes / static_cast<size_t>(bytes_of(dtype)));
  return bytes / sample_bytes_;
}

std::vector<float> Predictor::run(Session::ProgramId program, std::span<const std::byte> samples) {
  session_.bind_bytes(program, input_name, samples);
  session_.run(program);
  return session_.output(program, output_name);
}

std::vector<float> Predictor::run_padded(std::span<const std::byte> samples) {
  padded_.resize(block_ * sample_bytes_);
  std::ranges::copy(samples, padded_.begin());
  std::vector<float> results = run(block_program(), padded_);
  results.resize(results.size() / block_ * (samples.size() / sample_bytes_));
  return results;
}

std::vector<float> Predictor::predict(DType dtype, std::span<const std::byte> samples) {
  std::vector<float> results;
  size_t left = count_of(dtype, samples.size());
  const auto next = [&](size_t count) {
    left -= count;
    const auto part = samples.first(count * sample_bytes_);
    samples = samples.subspan(part.size());
    return part;
  };
  const auto add = [&](const std::vector<float>& some) {
    results.insert(results.end(), some.begin(), some.end());
  };
  while (left >= block_) add(run(block_program(), next(block_)));
  if (left > block_ / gain_of_block) add(run_padded(next(left)));
  while (left > 0) add(run(single_, next(1)));
  return results;
}

std::vector<float> Predictor::operator()(std::span<const float> samples) {
  return predict(DType::f32, std::as_bytes(samples));
}
std::vector<float> Predictor::operator()(std::span<const int32_t> samples) {
  return predict(DType::i32, std::as_bytes(samples));
}
std::vector<float> Predictor::operator()(std::span<const uint8_t> samples) {
  return predict(DType::u8, std::as_bytes(samples));
}

}  // namespace cgan_jit::training
