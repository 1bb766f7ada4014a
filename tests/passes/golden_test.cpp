#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "ir/interpret.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "passes/contract.h"
#include "passes/simplify.h"
#include "passes/stack.h"
#include "tests/support/compare.h"

// Every file in golden/<pass>/ shows one law: a graph, a line "# ----", and what the pass makes of it.
// CGAN_JIT_UPDATE_GOLDEN=1 rewrites the second half.

namespace cgan_jit {
namespace {

using std::filesystem::path;

const path golden_folder = path(CGAN_JIT_SOURCE_DIR) / "tests/passes/golden";
constexpr std::string_view separator = "# ----\n";

const std::map<std::string, Graph (*)(const Graph&)> passes = {
    {"simplify", simplify}, {"contract", contract}, {"stack", stack}};

std::vector<path> golden_files() {
  std::vector<path> files;
  for (const auto& [pass, run] : passes) {
    for (const auto& entry : std::filesystem::directory_iterator(golden_folder / pass))
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string text_of(const path& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

class Golden : public testing::TestWithParam<path> {};

TEST_P(Golden, PassGivesTheTextAndKeepsTheValues) {
  const path file = GetParam();
  const std::string text = text_of(file);
  const size_t cut = text.find(separator);
  const bool update = std::getenv("CGAN_JIT_UPDATE_GOLDEN") != nullptr;
  ASSERT_TRUE(update || cut != std::string::npos) << "no line # ----";
  const std::string input = text.substr(0, cut);
  const Graph before = parse(input, file.string());
  verify(before);
  EXPECT_EQ(parse(print(before)), before);

  const Graph after = passes.at(file.parent_path().filename().string())(before);
  verify(after);
  EXPECT_EQ(parse(print(after)), after);
  if (update) {
    std::ofstream(file) << input << separator << print(after);
  } else {
    EXPECT_EQ(print(after), text.substr(cut + separator.size()));
  }
  for (uint64_t seed : {1, 2}) {
    const auto environment = random_environment<double>(before, seed);
    const auto different = difference(interpret(before, environment), interpret(after, environment), 1e-9);
    EXPECT_FALSE(different) << *different;
  }
}

std::string name_of_case(const testing::TestParamInfo<path>& info) {
  return info.param.parent_path().filename().string() + "_" + info.param.stem().string();
}

INSTANTIATE_TEST_SUITE_P(Laws, Golden, testing::ValuesIn(golden_files()), name_of_case);

}  // namespace
}  // namespace cgan_jit
