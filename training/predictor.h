#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "frontend/session.h"
#include "frontend/tensor.h"

namespace cgan_jit::training {

struct PredictorOptions {
  std::string prefix = {};  // what stands before the net's names in the file: "generator."
  int64_t block = 64;       // the most samples of one run; at least 1
  SessionOptions session = {};
};

/// A trained net for use: its results for any number of samples a call, in evaluation mode.
///
/// Compiled for one sample and, as soon as a call brings enough, for a block of them; what is left behind the
/// last whole block runs one by one, or as a padded block where that is faster. A sample's result is the same
/// bits whatever samples come with it: no sum runs over samples, and a sample's extents alone order its sums.
///
/// One thread at a time may use it, as with a Session. Predictors share nothing: a thread may have its own.
class Predictor {
 public:
  /// Declares layers as the training did and gives the results f32 [n, result...] for x [n, sample...]. Each
  /// follows from its own sample. Called for n = 1, and for a block.
  using Net = std::function<Tensor(Builder& builder, const Tensor& x)>;

  /// Takes the net's params out of a safetensors file, a checkpoint of ours or a PyTorch net's state. What
  /// else is in it (an optimiser's moments) does not matter. `sample` is the type of one. Throws Error when a
  /// sample has no elements, when the results are of another type, and as read_params does.
  Predictor(Net net, Type sample, const std::filesystem::path& file, PredictorOptions options = {});

  /// `samples` is [n, sample...], n >= 0, row-major, and so are the results, [n, result...]. Throws Error
  /// when the net takes samples of another element type, and when these are no whole number of samples.
  std::vector<float> operator()(std::span<const float> samples);
  std::vector<float> operator()(std::span<const int32_t> samples);
  std::vector<float> operator()(std::span<const uint8_t> samples);

 private:
  Session::ProgramId compile(const std::string& name, int64_t count);
  Session::ProgramId block_program();
  size_t count_of(DType dtype, size_t bytes) const;
  std::vector<float> predict(DType dtype, std::span<const std::byte> samples);
  std::vector<float> run(Session::ProgramId program, std::span<const std::byte> samples);
  std::vector<float> run_padded(std::span<const std::byte> samples);

  Net net_;
  Type sample_;
  size_t sample_bytes_, block_;
  Session session_;
  Session::ProgramId single_;
  std::optional<Session::ProgramId> block_program_;
  std::vector<std::byte> padded_;  // a block of samples, the first of them real
};

}  // namespace cgan_jit::training
