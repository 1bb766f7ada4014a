#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "ir/text.h"
#include "passes/pipeline.h"

// Passes whose result is no graph: every file in golden/<pass>/ shows one law, a graph, a line "# ----", and
// what the passes up to that one say: the graph as it is laid out, then kernels, phases or plan. A line
// "# without <pass>" switches one off. CGAN_JIT_UPDATE_GOLDEN=1 rewrites the second half.

namespace cgan_jit {
namespace {

using std::filesystem::path;

const path golden_folder = path(CGAN_JIT_SOURCE_DIR) / "tests/passes/golden";
constexpr std::string_view separator = "# ----\n";

/// For each folder the passes that speak, in order.
const std::map<std::string, std::vector<std::string>> speakers = {
    {"fuse", {"layout", "fuse"}},
    {"storage", {"fuse", "storage"}},
    {"schedule", {"layout", "fuse", "schedule"}},
    {"plan", {"fuse", "plan"}},
};

std::vector<path> golden_files() {
  std::vector<path> files;
  for (const auto& [pass, speaking] : speakers) {
    for (const auto& entry : std::filesystem::directory_iterator(golden_folder / pass))
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string text_of(const path& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

std::set<std::string> switched_off(const std::string& input) {
  constexpr std::string_view directive = "# without ";
  std::set<std::string> passes;
  std::istringstream lines(input);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(directive)) passes.insert(line.substr(directive.size()));
  }
  return passes;
}

/// A plan's list of calls tells of tiles and of names for people: no law of the plan.
std::string without_calls(const std::string& plan) { return plan.substr(0, plan.find("phase 0\n")); }

std::string said(const std::string& input, const path& file) {
  const std::vector<std::string>& speaking = speakers.at(file.parent_path().filename().string());
  std::string text;
  const PassObserver observer = [&](std::string_view pass, double, const std::function<std::string()>& dump) {
    if (std::find(speaking.begin(), speaking.end(), pass) == speaking.end()) return;
    text += pass == "plan" ? without_calls(dump()) : dump();
  };
  PipelineOptions options;
  options.disabled = switched_off(input);
  lower_program(parse(input, file.string()), options, observer);
  return text;
}

class GoldenReport : public testing::TestWithParam<path> {};

TEST_P(GoldenReport, PassesSayTheText) {
  const std::string text = text_of(GetParam());
  const size_t cut = text.find(separator);
  const bool update = std::getenv("CGAN_JIT_UPDATE_GOLDEN") != nullptr;
  ASSERT_TRUE(update || cut != std::string::npos) << "no line # ----";
  const std::string input = text.substr(0, cut), now = said(input, GetParam());
  if (update) {
    std::ofstream(GetParam()) << input << separator << now;
  } else {
    EXPECT_EQ(now, text.substr(cut + separator.size()));
  }
}

std::string name_of_case(const testing::TestParamInfo<path>& info) {
  return info.param.parent_path().filename().string() + "_" + info.param.stem().string();
}
INSTANTIATE_TEST_SUITE_P(Laws, GoldenReport, testing::ValuesIn(golden_files()), name_of_case);

}  // namespace
}  // namespace cgan_jit
