#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "codegen/jit.h"
#include "ir/text.h"
#include "passes/graph/build.h"
#include "tests/support/bit_equality.h"
#include "tests/support/environments.h"
#include "tests/support/op_examples.h"
#include "tests/support/random_graph.h"
#include "tests/support/shrink.h"

// The law: machine code equals the float interpreter bit for bit, fused or not, at any thread count, on every
// instruction set, whatever the values.

namespace cgan_jit {
namespace {

/// Instruction sets that this machine has.
std::vector<std::string> instruction_sets() {
  std::vector<std::string> sets = {"x86-64-v3", "x86-64-v4"};
  std::erase_if(sets, [](const std::string& cpu) { return !host_can_run(cpu); });
  return sets;
}

std::vector<SessionOptions> variants(const std::string& cache_dir) {
  std::vector<SessionOptions> all;
  for (const std::string& cpu : instruction_sets()) {
    for (const bool fused : {true, false}) {
      for (const int threads : {1, 3}) {
        SessionOptions options;
        options.cpu = cpu;
        options.threads = threads;
        options.cache_dir = cache_dir;
        if (!fused) options.disabled_passes = {"fuse"};
        all.push_back(options);
      }
    }
  }
  return all;
}

std::optional<std::string> complaint_or_throw(const Graph& graph, const SessionOptions& options) {
  try {
    const auto random = random_environment<float>(graph, 11);
    return bit_difference(graph, options, {random, special_environment(graph, 11), extremes(random)});
  } catch (const std::exception& failure) { return failure.what(); }
}

uint64_t number_from(const char* variable, uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cgan_jit_test_XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Shards, so that tests run side by side. CGAN_JIT_GRAPHS is the number of graphs of all shards,
/// CGAN_JIT_FIRST_GRAPH the first seed. Each is compiled for every instruction set; every sixteenth without
/// fusion, too, which is many kernels.
class BitEquality : public testing::TestWithParam<int> {};
constexpr int shards = 8;

TEST_P(BitEquality, OfMachineCodeAndInterpreterOnRandomGraphs) {
  const TemporaryFolder cache;
  const uint64_t count = number_from("CGAN_JIT_GRAPHS", 4000), first = number_from("CGAN_JIT_FIRST_GRAPH", 1);
  for (uint64_t seed = first + GetParam(); seed < first + count; seed += shards) {
    const Graph graph = random_graph(seed);
    for (const SessionOptions& options : variants(cache.path())) {
      if (!options.disabled_passes.empty() && seed / shards % 16 != 0) continue;
      const auto found = complaint_or_throw(graph, options);
      if (!found) continue;
      const auto still_fails = [&](const Graph& smaller) {
        return complaint_or_throw(smaller, options).has_value();
      };
      const Graph smallest = shrunk(graph, still_fails);
      FAIL() << "seed " << seed << ", " << options.cpu
             << (options.disabled_passes.empty() ? ", fused, " : ", not fused, ") << options.threads
             << " threads: " << *found << "\nshrunk: " << *complaint_or_throw(smallest, options) << "\n"
             << print(smallest);
    }
  }
}

/// The graph with any layout on whatever may have one.
Graph with_layouts(const Graph& graph, uint64_t seed) {
  std::minstd_rand dice(static_cast<uint32_t>(seed));
  return rebuild(graph, [&](Graph& out, const Node& node, std::vector<Value> operands) {
    constexpr int64_t widths[] = {1, 5, 7, 16, 24, 48, 64};
    std::optional<Layout> layout;
    const Shape& shape = node.type.shape;
    if (!as<Input>(node) && !shape.empty() && dice() % 2 == 0) {
      layout = Layout{static_cast<int>(dice() % shape.size()), widths[dice() % std::size(widths)]};
      const int inner = static_cast<int>(dice() % shape.size());
      if (inner != layout->lane_axis) layout = with_inner_axis(*layout, shape, inner);
    }
    return out.add(node.op, std::move(operands), node.type, layout);
  });
}

// Law: layouts that a text gives, blocks of any width, change no bit either.
TEST(BitEqualityOfLayouts, OfEveryWidth) {
  const TemporaryFolder cache;
  const std::set<std::string> graph_passes = {"simplify", "contract", "distribute", "stack", "layout"};
  for (uint64_t seed = 1; seed <= number_from("CGAN_JIT_LAYOUTS", 60); ++seed) {
    const Graph graph = with_layouts(random_graph(seed), seed);
    for (SessionOptions options : variants(cache.path())) {
      options.disabled_passes.insert(graph_passes.begin(), graph_passes.end());
      const auto found = complaint_or_throw(graph, options);
      ASSERT_FALSE(found) << "seed " << seed << ", " << options.cpu << ": " << *found << "\n" << print(graph);
    }
  }
}

// Every op by itself, whatever passes make of it.
TEST(BitEqualityOfOps, OfEveryExample) {
  const TemporaryFolder cache;
  for (const OpExample& example : op_examples()) {
    for (SessionOptions options : variants(cache.path())) {
      for (const std::set<std::string>& without : {std::set<std::string>{}, {"simplify", "contract"}}) {
        options.disabled_passes.insert(without.begin(), without.end());
        const auto found = complaint_or_throw(example.graph, options);
        EXPECT_FALSE(found) << options.cpu << ": " << found.value_or("") << "\n" << print(example.graph);
      }
    }
  }
}

/// graphs/*.ir: each named after the law that it once broke.
TEST(BitEqualityOfGraphs, ThatOnceFailed) {
  const TemporaryFolder cache;
  const std::filesystem::path folder = std::filesystem::path(CGAN_JIT_SOURCE_DIR) / "tests/programs/graphs";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const Graph graph = parse(text, entry.path().filename().string());
    for (const SessionOptions& options : variants(cache.path())) {
      const auto found = complaint_or_throw(graph, options);
      EXPECT_FALSE(found) << entry.path() << ": " << found.value_or("");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shards, BitEquality, testing::Range(0, shards));

}  // namespace
}  // namespace cgan_jit
