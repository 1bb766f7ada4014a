#pragma once

#include <fstream>
#include <map>

#include "frontend/cgan_jit.h"
#include "tests/io/files.h"
#include "training/run.h"

// A classifier with dropout that learns from rows in the host's memory: four batches of 4 and one of 2.
namespace cgan_jit::training {

constexpr int64_t row_count = 18, row_width = 6, class_count = 3, rows_a_batch = 4, batch_count = 5;

inline DataSet small_data(uint32_t seed = 1) {
  std::vector<uint8_t> labels;
  for (int row = 0; row < row_count; ++row) labels.push_back(static_cast<uint8_t>(row % class_count));
  return DataSet()
      .table("x", {row_width}, normal_values(seed, 0, row_count * row_width))
      .table("labels", {}, labels);
}

inline Tensor classify(Builder& builder, const Tensor& x, const Tensor& labels, double lr = 0.05) {
  const Tensor hidden = dropout(relu(Linear(builder / "first", row_width, 16)(x)), 0.25f, builder.mode());
  const Tensor loss = cross_entropy(Linear(builder / "last", 16, class_count)(hidden), labels);
  builder.output("loss", loss);
  builder.output("doubled", loss * 2);
  if (builder.mode() == Mode::train)
    Adam{.lr = lr, .count = builder.step()}.minimize(loss, builder.trained());
  return loss;
}

inline void reads_batches(Builder& builder, int64_t batch, int64_t) {
  classify(builder, builder.input("x", DType::f32, {batch, row_width}),
           builder.input("labels", DType::u8, {batch}));
}

inline void gathers_itself(Builder& builder, int64_t batch, int64_t of_rows) {
  const Tensor indices = builder.input("indices", DType::i32, {batch});
  classify(builder, embedding(builder.input("x", DType::f32, {of_rows, row_width}), indices),
           embedding(builder.input("labels", DType::u8, {of_rows}), indices));
}

inline RunPlan small_plan(int64_t steps) {
  RunPlan plan{.record = reads_batches, .data = small_data(), .batch_size = rows_a_batch, .steps = steps};
  plan.checkpoint_interval = 4;
  plan.progress = nullptr;
  plan.tell = plan.warn = [](const std::string&) {};
  return plan;
}

inline SessionOptions small_session(int threads = 1) { return {.threads = threads, .cache_dir = ""}; }

/// Everything in a folder, by its path: a file's bytes, a link's target.
inline std::map<std::string, std::string> contents(const std::filesystem::path& folder) {
  std::map<std::string, std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().lexically_relative(folder).string();
    found[name] = entry.is_symlink()        ? std::filesystem::read_symlink(entry.path()).string()
                  : entry.is_regular_file() ? io::text_of(entry.path())
                                            : "folder";
  }
  return found;
}

/// The names of what is only in one of two folders, or not the same in both.
inline std::vector<std::string> differences_of(const std::filesystem::path& a,
                                               const std::filesystem::path& b) {
  const auto in_a = contents(a), in_b = contents(b);
  std::vector<std::string> names;
  for (const auto& [name, text] : in_a) {
    const auto other = in_b.find(name);
    if (other == in_b.end() || other->second != text) names.push_back(name);
  }
  for (const auto& [name, text] : in_b) {
    if (!in_a.count(name)) names.push_back(name);
  }
  return names;
}

inline std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace cgan_jit::training
