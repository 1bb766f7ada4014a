#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "frontend/session.h"
#include "frontend/tensor.h"

namespace cgan_jit::training {

struct PredictorOptions {
  std::string prefix = {};  // what stands before the net's names in the file: "generator."
  int64_t block = 64;       // the most samples of one run; at least 2
  SessionOptions session = {};
};

/// A trained net for use: its results for any number of samples a call, in evaluation mode.
///
/// Compiled for one sample, and when calls first need them for a block and for the powers of two below, of
/// which a rest takes the least that holds it. A call's results are the session's own bits for a batch of as
/// many. So a sample among others has the same bits whoever and how many they are, at any number of threads;
/// alone, its products are a matrix by a vector, whose sums have another order: the last bits may differ.
///
/// One thread at a time may use it, as with a Session. Predictors share nothing: a thread may have its own.
class Predictor {
 public:
  /// Declares layers as the training did and gives the results f32 [n, result...] for x [n, sample...]. Each
  /// follows from its own sample alone. Called once for each batch that is compiled.
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
  Session::ProgramId program_of(size_t batch);
  size_t count_of(DType dtype, size_t bytes) const;
  std::vector<float> predict(DType dtype, std::span<const std::byte> samples);
  std::span<const std::byte> padded(std::span<const std::byte> samples, size_t batch);
  std::vector<float> run(size_t batch, std::span<const std::byte> samples);

  Net net_;
  Type sample_;
  size_t sample_bytes_, block_;
  Session session_;
  std::map<size_t, Session::ProgramId> programs_;  // by their batches
  std::vector<std::byte> padded_;                  // samples, and behind them whatever there was
};

}  // namespace cgan_jit::training
