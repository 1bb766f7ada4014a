#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "frontend/session.h"
#include "ir/elements.h"
#include "training/data_set.h"

namespace cgan_jit::training {

/// Gives programs what they read beside params, by the names of their inputs:
///   a table's       of shape [batch, row...] the rows of the step's batch, copied together at each step; of
///                   shape [rows, row...] the whole table
///   a constant's    the constant
///   "indices"       i32 [batch], where the batch's rows stand in the tables: the program gathers them
///   itself,
///                   and reads whole tables only
///   "seed", "step"  u32 []
/// An input may have a row's extents merged, and be flat altogether.
class Feed {
 public:
  /// No batch has more than `most_rows`.
  Feed(DataSet data, uint32_t seed, int64_t most_rows);
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  /// Binds all inputs of a program whose batches have so many rows. Throws Error for an input that the data
  /// set does not have, or has with another type.
  void bind(Session& session, Session::ProgramId program, int64_t batch);
  /// From now on these rows, and random numbers of `step`.
  void next(std::span<const int32_t> rows, uint32_t step);

  const DataSet& data() const { return data_; }

 private:
  std::span<const std::byte> memory_of(const std::string& name, const Type& type, int64_t batch,
                                       bool gathers);
  std::span<const std::byte> staged(const Array& table, int64_t batch);

  DataSet data_;
  uint32_t seed_, step_ = 0;
  std::vector<int32_t> indices_;
  std::map<std::string, std::vector<std::byte>> batches_;  // by their tables, most_rows each
};

/// What `graph`, a program of a batch of `rows`, reads beside params in `step`, for the interpreter. If it
/// was recorded for tables of so many rows as the batch has, they are the batch, and "indices" 0, 1, ...
/// Throws Error as Feed::bind does.
Environment<float> inputs_on_paper(const Graph& graph, const DataSet& data, uint32_t seed,
                                   std::span<const int32_t> rows, uint32_t step);

}  // namespace cgan_jit::training
