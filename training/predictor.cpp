#include "training/predictor.h"

#include <algorithm>
#include <bit>

#include "training/checkpoint.h"

namespace cgan_jit::training {
namespace {

constexpr const char *input_name = "x", *output_name = "y";

/// Fewer samples than that take as long (of nets whose weights fill the caches).
constexpr size_t least_batch = 8;

size_t bytes_of_sample(const Type& sample) {
  const int64_t bytes = element_count(sample.shape) * bytes_of(sample.dtype);
  if (bytes == 0) throw Error("predictor: a sample {} has no elements", to_string(sample));
  return static_cast<size_t>(bytes);
}

size_t checked_block(int64_t block) {
  if (block < 2) throw Error("predictor: a block of {} samples; at least 2 are needed", block);
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
      session_(std::move(options.session)) {
  program_of(1);  // declares the params
  read_params(session_, file, options.prefix);
}

Session::ProgramId Predictor::program_of(size_t batch) {
  if (const auto found = programs_.find(batch); found != programs_.end()) return found->second;
  const auto count = static_cast<int64_t>(batch);
  Builder builder(Mode::eval);
  const Tensor results =
      net_(builder, builder.input(input_name, sample_.dtype, of_many(sample_.shape, count)));
  expect_results(results.type(), count);
  builder.output(output_name, results);
  const Session::ProgramId program =
      session_.add(fmt::format("batch of {}", batch), builder.build_without_updates());
  return programs_[batch] = program;
}

size_t Predictor::count_of(DType dtype, size_t bytes) const {
  if (dtype != sample_.dtype)
    throw Error("predictor: a sample is {}, but values of {} are given", to_string(sample_), name_of(dtype));
  if (bytes % sample_bytes_ != 0)
    throw Error("predictor: a sample is {}; {} values are no whole number of them", to_string(sample_),
                bytes / static_cast<size_t>(bytes_of(dtype)));
  return bytes / sample_bytes_;
}

std::span<const std::byte> Predictor::padded(std::span<const std::byte> samples, size_t batch) {
  const size_t bytes = batch * sample_bytes_;
  if (samples.size() == bytes) return samples;
  padded_.resize(std::max(padded_.size(), bytes));
  std::ranges::copy(samples, padded_.begin());
  return std::span(padded_).first(bytes);
}

std::vector<float> Predictor::run(size_t batch, std::span<const std::byte> samples) {
  const Session::ProgramId program = program_of(batch);
  session_.bind_bytes(program, input_name, padded(samples, batch));
  session_.run(program);
  std::vector<float> results = session_.output(program, output_name);
  results.resize(results.size() / batch * (samples.size() / sample_bytes_));
  return results;
}

std::vector<float> Predictor::predict(DType dtype, std::span<const std::byte> samples) {
  const size_t count = count_of(dtype, samples.size());
  if (count == 1) return run(1, samples);
  std::vector<float> results;
  for (size_t done = 0; done < count; done += block_) {
    const size_t some = std::min(count - done, block_);
    const size_t batch = std::min(block_, std::max(least_batch, std::bit_ceil(some)));
    const std::vector<float> more = run(batch, samples.subspan(done * sample_bytes_, some * sample_bytes_));
    results.insert(results.end(), more.begin(), more.end());
  }
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
