#include "cli/data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "io/process.h"

namespace cgan_jit::cli {

DataFacts inspect_data(const std::filesystem::path& folder, io::Split split, int64_t n_classes) {
  DataFacts facts{io::find_split(folder, split)};
  facts.labels = io::open_split(facts.files).labels;
  io::check_labels(facts.labels, static_cast<int>(n_classes), facts.files.labels);
  facts.count = static_cast<int64_t>(facts.labels.size());
  facts.classes = *std::max_element(facts.labels.begin(), facts.labels.end()) + 1;
  return facts;
}

models::CganConfig with_classes(models::CganConfig model, const DataFacts& facts) {
  model.dataset_classes = facts.classes;
  return model;
}

std::future<io::PreparedSet> prepare_in_background(const DataFacts& facts, int64_t img_size,
                                                   const std::filesystem::path& cache_dir) {
  const auto warn = [](const std::string& line) { io::say(stderr, "cgan_jit: warning: " + line + "\n"); };
  return std::async([facts, img_size, cache_dir, warn] {
    io::PreparedSet set = io::prepare(facts.files, static_cast<int>(img_size), cache_dir, warn);
    if (std::ranges::equal(set.labels, facts.labels)) return set;
    throw Error("{}: changed since the program started", facts.files.labels.string());
  });
}

std::shared_future<training::DataSet> data_in_background(const DataFacts& facts, int64_t img_size,
                                                         const std::filesystem::path& cache_dir) {
  return std::async([facts, img_size, cache_dir] {
    return training::picture_set(prepare_in_background(facts, img_size, cache_dir).get());
  });
}

std::future<training::DataSet> test_data_in_background(const std::filesystem::path& folder,
                                                       const models::CganConfig& model,
                                                       const std::filesystem::path& cache_dir) {
  return std::async([folder, model, cache_dir] {
    const DataFacts facts = inspect_data(folder, io::Split::test, model.n_classes);
    return training::picture_set(prepare_in_background(facts, model.img_size, cache_dir).get());
  });
}

}  // namespace cgan_jit::cli
