#pragma once

#include <optional>
#include <string>
#include <vector>

#include "frontend/session.h"
#include "ir/interpret.h"
#include "models/cgan.h"

namespace cgan_jit {

/// What a training step reads beside its params, in the caller's memory.
struct StepInputs {
  int64_t pixels = 0;
  std::vector<uint8_t> images;  // [labels.size(), pixels]
  std::vector<uint8_t> labels;
  std::vector<int32_t> indices;  // this step's rows
  uint32_t seed = 1, step = 1;
};

/// A made-up data set, bytes drawn from Philox, and the first step's batch of it.
StepInputs made_up_inputs(int64_t dataset_size, int64_t pixels, int64_t classes, int64_t batch);

/// Goes to the next step: other rows, the next step count.
void advance(StepInputs& inputs);

/// Binds all inputs that a training step has; `inputs` must stay where it is.
void bind(Session& session, Session::ProgramId program, const StepInputs& inputs);

/// The same inputs for the interpreter.
template <typename Real>
Environment<Real> environment_of(const StepInputs& inputs);
extern template Environment<float> environment_of(const StepInputs&);
extern template Environment<double> environment_of(const StepInputs&);

/// Adds the session's params, as they are now, to `environment`.
template <typename Real>
void add_params(Environment<Real>& environment, const Session& session);
extern template void add_params(Environment<float>&, const Session&);
extern template void add_params(Environment<double>&, const Session&);

/// Where the last run's outputs and updated params have other bits than `expected`, the float interpreter's
/// results, as one line; nothing if nowhere.
std::optional<std::string> different_bits(const Session& session, Session::ProgramId program,
                                          const Environment<float>& expected);

/// FNV-1a, 64 bits, over the names and the bits of all params, sorted by name.
uint64_t hash_of_params(const Session& session);

/// The instruction sets that this host can run.
std::vector<std::string> runnable_cpus();

/// A CGAN whose step takes milliseconds even in the interpreter; no extent is a multiple of 16.
models::CganConfig tiny_cgan();

/// A new folder that goes with its owner.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace cgan_jit
