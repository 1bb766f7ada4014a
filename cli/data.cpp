#include "cli/data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "io/checksum.h"
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

std::string identity_of(const io::PreparedSet& data) {
  const uint32_t sum = io::crc32(std::as_bytes(data.labels), io::crc32(std::as_bytes(data.pixels)));
  return fmt::format("{} pictures, {:08x}", data.count, sum);
}

}  // namespace cgan_jit::cli
