#pragma once

#include <filesystem>
#include <future>
#include <string>

#include "io/idx.h"
#include "io/prepared.h"
#include "models/cgan.h"
#include "training/data_set.h"

namespace cgan_jit::cli {

/// What compiling needs to know of a data set; its labels tell, in a millisecond.
struct DataFacts {
  io::SplitFiles files;
  int64_t count = 0;    // pictures
  int64_t classes = 0;  // the largest label + 1
  std::vector<uint8_t> labels;
};

/// Throws Error when the folder, its labels or the pictures' header are wrong, or a label is not below
/// `n_classes`.
DataFacts inspect_data(const std::filesystem::path& folder, io::Split split, int64_t n_classes);

/// The model for that data set.
models::CganConfig with_classes(models::CganConfig model, const DataFacts& facts);

/// Prepares the pictures in a thread of its own. Warnings are lines on stderr. The future throws Error when
/// the data set has changed since it was inspected.
std::future<io::PreparedSet> prepare_in_background(const DataFacts& facts, int64_t img_size,
                                                   const std::filesystem::path& cache_dir);

/// The same as what a net learns from.
std::shared_future<training::DataSet> data_in_background(const DataFacts& facts, int64_t img_size,
                                                         const std::filesystem::path& cache_dir);
/// The folder's test images; the future throws Error when there are none that the model can be tested with.
std::future<training::DataSet> test_data_in_background(const std::filesystem::path& folder,
                                                       const models::CganConfig& model,
                                                       const std::filesystem::path& cache_dir);

}  // namespace cgan_jit::cli
