#include "cli/data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "io/checksum.h"
#include "io/process.h"

namespace cgan_jit::cli {

DataFacts inspect_data(const std::filesystem::path& folder, io::Split split, int64_t n_classes) {
  DataFacts facts{io::find_split(folder, split)};
  const std::vector<uint8_t> labels = io::read_idx_labels(facts.files.labels);
  if (labels.empty()) throw Error("{}: no labels", facts.files.labels.string());
  io::check_labels(labels, static_cast<int>(n_classes), facts.files.labels);
  facts.count = static_cast<int64_t>(labels.size());
  facts.classes = *std::max_element(labels.begin(), labels.end()) + 1;
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
    return io::prepare(facts.files, static_cast<int>(img_size), cache_dir, warn);
  });
}

std::string identity_of(const io::PreparedSet& data) {
  const uint32_t sum = io::crc32(std::as_bytes(data.labels), io::crc32(std::as_bytes(data.pixels)));
  return fmt::format("{} pictures, {:08x}", data.count, sum);
}

}  // namespace cgan_jit::cli
