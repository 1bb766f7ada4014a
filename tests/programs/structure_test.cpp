#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "models/cgan.h"
#include "models/classifier.h"
#include "passes/fuse/fuse.h"
#include "passes/pipeline.h"

// It is a compiler: what becomes of whole programs, whatever they are.

namespace cgan_jit {
namespace {

using std::filesystem::path;

const path source_dir = CGAN_JIT_SOURCE_DIR;
constexpr int64_t batch = 64, dataset_size = 60000;

struct Program {
  std::string name;
  Recording step;
};

std::vector<Program> programs() {
  const models::CganConfig cgan;
  const models::ClassifierConfig classifier;
  return {
      {"cgan", models::training_step(cgan, batch, dataset_size)},
      {"classifier", models::training_step(classifier, batch, dataset_size)},
  };
}

std::string text_of(const path& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

bool is_temporary(const Root& root) {
  return root.kind == Root::Kind::temporary || root.kind == Root::Kind::output;
}

/// The extents that count, in increasing order: the same for a value, its transpose and its stack of one.
Shape proper_extents(Shape shape) {
  std::erase(shape, 1);
  std::sort(shape.begin(), shape.end());
  return shape;
}

std::map<Shape, std::string> weight_extents(const Program& program) {
  std::map<Shape, std::string> extents;
  for (const ParamDecl& param : program.step.params) {
    const Shape proper = proper_extents(param.shape);
    if (param.trained && proper.size() == 2) extents[proper] = param.name;
  }
  return extents;
}

// The batch is no extent of any weight here, so that a temporary that looks like a weight is its gradient (or
// a part of its optimiser's arithmetic).
TEST(Structure, NoWeightGradientHasABufferOfItsOwn) {
  for (const Program& program : programs()) {
    const std::map<Shape, std::string> weights = weight_extents(program);
    ASSERT_FALSE(weights.empty());
    for (const Root& root : lower_program(program.step, {}).roots) {
      const auto found = weights.find(proper_extents(root.type.shape));
      if (!is_temporary(root) || found == weights.end()) continue;
      ADD_FAILURE() << program.name << ": a temporary " << to_string(root.type) << " has the shape of "
                    << found->second;
    }
  }
}

// Every barrier costs, and so does every kernel: a change of their numbers is a decision.
// CGAN_JIT_UPDATE_GOLDEN=1 rewrites the file.
TEST(Structure, KernelsAndPhasesAreTheGoldenNumbers) {
  const path golden = source_dir / "tests/programs/golden/counts.txt";
  std::string counts;
  for (const Program& program : programs()) {
    const LoweredProgram lowered = lower_program(program.step, {});
    counts += fmt::format("{}: {} kernels, {} phases\n", program.name, lowered.kernels.size(),
                          lowered.phases.size());
  }
  if (std::getenv("CGAN_JIT_UPDATE_GOLDEN")) std::ofstream(golden) << counts;
  EXPECT_EQ(counts, text_of(golden));
}

/// Whether any kernel of the program, fused so, has a node that `is` true of (graph, node, kernel).
template <typename Is>
bool any_node(const Program& program, Fusion fusion, Is is) {
  const FusedGraph fused = fuse(run_graph_passes(program.step, {}), fusion);
  return std::any_of(fused.kernels.begin(), fused.kernels.end(), [&](const FusedKernel& kernel) {
    return std::any_of(kernel.nodes.begin(), kernel.nodes.end(),
                       [&](Value node) { return is(fused.graph, node, kernel); });
  });
}

bool updates_a_param(const Graph& graph, Value node) {
  return std::any_of(graph.outputs().begin(), graph.outputs().end(),
                     [&](const Output& output) { return output.updates && output.value == node; });
}

TEST(Structure, EachPartOfFusionCanBeLeftOut) {
  const auto behind_a_tile = [](const Graph&, Value node, const FusedKernel& kernel) {
    return kernel.anchor && node != *kernel.anchor;
  };
  const auto update_behind_a_tile = [&](const Graph& graph, Value node, const FusedKernel& kernel) {
    return behind_a_tile(graph, node, kernel) && updates_a_param(graph, node);
  };
  const auto beside_another = [](const Graph&, Value, const FusedKernel& kernel) {
    return !kernel.anchor && kernel.nodes.size() > 1;
  };
  for (const Program& program : programs()) {
    EXPECT_TRUE(any_node(program, {}, update_behind_a_tile));
    EXPECT_TRUE(any_node(program, {}, beside_another));
    EXPECT_FALSE(any_node(program, {.optimiser = false}, update_behind_a_tile));
    EXPECT_TRUE(any_node(program, {.optimiser = false}, behind_a_tile));
    EXPECT_FALSE(any_node(program, {.tiles = false, .optimiser = false}, behind_a_tile));
    EXPECT_TRUE(any_node(program, {.tiles = false, .optimiser = false}, beside_another));
    EXPECT_FALSE(any_node(program, {false, false, false, false}, beside_another));
  }
}

TEST(Structure, ArenaIsWithinTwoPercentOfTheLowerBound) {
  for (const Program& program : programs()) {
    const MemoryReport memory = lower_program(program.step, {}).memory;
    EXPECT_GE(memory.planned, memory.lower_bound) << program.name;
    EXPECT_LE(static_cast<double>(memory.planned), 1.02 * static_cast<double>(memory.lower_bound))
        << program.name;
    EXPECT_LT(memory.planned, memory.unplanned) << program.name;
  }
}

// Loops that differ only in the target do the same arithmetic on the same buffers.
TEST(Structure, TheTargetDecidesNeitherGraphNorBuffersNorPhases) {
  PipelineOptions avx2, avx512;
  avx512.target.vector_registers = 32;
  avx512.target.vector_floats = 16;
  for (const Program& program : programs()) {
    const LoweredProgram a = lower_program(program.step, avx2), b = lower_program(program.step, avx512);
    EXPECT_EQ(a.graph, b.graph) << program.name;
    EXPECT_EQ(a.arena_bytes, b.arena_bytes) << program.name;
    ASSERT_EQ(a.kernels.size(), b.kernels.size()) << program.name;
    for (size_t i = 0; i < a.kernels.size(); ++i) EXPECT_EQ(a.kernels[i].buffers, b.kernels[i].buffers);
    EXPECT_EQ(a.phases.size(), b.phases.size()) << program.name;
  }
}

/// The words of the params' names: "generator", "weight", "running_mean", ...
std::set<std::string> words_of_param_names() {
  std::set<std::string> words;
  for (const Program& program : programs()) {
    for (const ParamDecl& param : program.step.params) {
      std::stringstream name(param.name);
      for (std::string word; std::getline(name, word, '.');) {
        if (word.size() > 2) words.insert(word);
      }
    }
  }
  return words;
}

TEST(Structure, NoPassNamesALayerOrAParam) {
  const std::set<std::string> words = words_of_param_names();
  ASSERT_TRUE(words.count("generator") && words.count("weight"));
  const std::regex literal(R"("(\\.|[^"\\])*")");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source_dir / "passes")) {
    if (entry.path().extension() != ".cpp") continue;
    const std::string text = std::regex_replace(text_of(entry.path()), std::regex("#include[^\n]*"), "");
    for (std::sregex_iterator at(text.begin(), text.end(), literal), end; at != end; ++at) {
      for (const std::string& word : words) {
        EXPECT_EQ(at->str().find(word), std::string::npos)
            << entry.path().filename() << " has the text " << at->str() << ", and params are named " << word;
      }
    }
  }
}

}  // namespace
}  // namespace cgan_jit
