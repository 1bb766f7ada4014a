#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "frontend/session.h"
#include "frontend/tensor.h"
#include "training/feed.h"

namespace cgan_jit::training {

/// Records a program for batches of `batch` rows of tables that have `rows`. Its inputs are as Feed fills
/// them. Declares the same params whatever the numbers are.
using Record = std::function<void(Builder&, int64_t batch, int64_t rows)>;

/// How a program gets into the session; nothing: Session::add.
using AddProgram = std::function<Session::ProgramId(const std::string& name, const Recording& program)>;

/// Programs of a session over one data set, each for batches of another size, that give out the same scalars.
class BatchPrograms {
 public:
  /// `scalars` are the f32 outputs of rank 0 to be read; empty: all that there are, as the program has them.
  BatchPrograms(Session& session, uint32_t seed, std::vector<std::string> scalars);
  BatchPrograms(const BatchPrograms&) = delete;
  BatchPrograms& operator=(const BatchPrograms&) = delete;

  /// A program of the session is that of batches of so many rows. Throws Error when it lacks one of the
  /// scalars, or gives out none.
  void add(int64_t rows, Session::ProgramId program);
  /// The data of all programs that there are. Throws Error as Feed::bind does.
  void use(DataSet data);
  const DataSet& data() const { return feed_->data(); }
  const std::vector<std::string>& scalars() const { return scalars_; }

  /// Runs the program of so many rows, with random numbers of the seed and of `step`; its scalars, until the
  /// next run.
  std::span<const float> run(std::span<const int32_t> rows, uint32_t step);
  /// The same, with the times of its kernels.
  std::span<const float> run_timed(std::span<const int32_t> rows, uint32_t step, Runner::Times& times);

  Session::ProgramId id(int64_t rows) const { return programs_.at(rows).id; }

 private:
  struct Program {
    Session::ProgramId id;
    std::vector<const float*> scalars;
  };
  const Program& begin(std::span<const int32_t> rows, uint32_t step);
  std::span<const float> values(const Program& program);

  Session& session_;
  uint32_t seed_;
  std::vector<std::string> scalars_;
  std::vector<float> values_;
  std::map<int64_t, Program> programs_;  // by their batches' rows
  std::optional<Feed> feed_;
};

}  // namespace cgan_jit::training
