#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "ir/interpret.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "passes/autodiff/autodiff.h"
#include "passes/layout/layout.h"
#include "passes/products/contract.h"
#include "passes/products/stack.h"
#include "passes/simplify/simplify.h"
#include "tests/support/compare.h"
#include "tests/support/distribute_all.h"

// Every file in golden/<pass>/ shows one law: a graph, a line "# ----", and what the pass makes of it. In
// golden/distribute/ it is simplified and contracted first, and every sum is worth it; in
// golden/backward/ that is the gradient of the loss by every param, simplified, contracted and stacked: no
// layer has a backward rule of its own. CGAN_JIT_UPDATE_GOLDEN=1 rewrites the second half.

namespace cgan_jit {
namespace {

using std::filesystem::path;

const path golden_folder = path(CGAN_JIT_SOURCE_DIR) / "tests/passes/golden";
constexpr std::string_view separator = "# ----\n";

/// The graph with the gradients of its output "loss" by all params: outputs "d <param>".
Graph with_gradients(const Graph& graph) {
  Graph result;
  std::vector<Value> params;
  for (uint32_t i = 0; i < graph.size(); ++i) {
    const Node& node = graph.nodes()[i];
    result.add(node.op, node.operands, node.type);
    if (as<Param>(node)) params.push_back(Value{i});
  }
  const std::vector<Value> slopes = gradients(result, graph.outputs()[0].value, params);
  for (size_t i = 0; i < params.size(); ++i) {
    result.add_output("d " + as<Param>(graph[params[i]])->name, slopes[i]);
  }
  return result;
}

/// What a folder's files show: `run` keeps the values of what `prepare` makes of the input.
struct Shown {
  Graph (*prepare)(const Graph&);
  Graph (*run)(const Graph&);
};

Graph as_it_is(const Graph& graph) { return graph; }
Graph recognised(const Graph& graph) { return contract(simplify(graph)); }
Graph recognised_and_stacked(const Graph& graph) { return stack(recognised(graph)); }

const std::map<std::string, Shown> passes = {
    {"simplify", {as_it_is, simplify}},           {"contract", {as_it_is, contract}},
    {"distribute", {recognised, distribute_all}}, {"stack", {as_it_is, stack}},
    {"layout", {as_it_is, assign_layouts}},       {"backward", {with_gradients, recognised_and_stacked}},
};

std::vector<path> golden_files() {
  std::vector<path> files;
  for (const auto& [pass, shown] : passes) {
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
  const Shown& shown = passes.at(file.parent_path().filename().string());
  const Graph before = shown.prepare(parse(input, file.string()));
  verify(before);
  EXPECT_EQ(parse(print(before)), before);

  const Graph after = shown.run(before);
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
