#include <gtest/gtest.h>

#include "bench/nets/nets.h"
#include "codegen/jit.h"
#include "models/cgan.h"
#include "models/classifier.h"
#include "passes/lower/tiles.h"
#include "passes/pipeline.h"

// Law: every large sum of products runs in tiles, whatever the net.

namespace cgan_jit {
namespace {

void expect_in_tiles(const std::string& name, const Graph& graph) {
  for (const char* cpu : {"x86-64-v3", "x86-64-v4"}) {
    if (!host_can_run(cpu)) continue;
    SCOPED_TRACE(name + " on " + cpu);
    PipelineOptions options;
    options.target = target_named(cpu);
    const LoweredProgram program = lower_program(graph, options);
    for (const LoweredKernel& kernel : program.kernels) {
      const Multiplications found = multiplications_of(program.graph, kernel, options.target);
      EXPECT_GE(found.useful(), 0.999 * found.needed) << kernel.name << ": " << found.in_tiles;
    }
  }
}

TEST(Tiles, HoldAllLargeSumsOfTheNets) {
  for (const auto& [name, make] : nets::all()) {
    const nets::TrainingStep step = make();
    for (const nets::StepProgram& program : step.programs)
      expect_in_tiles(name + ", " + program.name, program.recording.graph);
  }
}

TEST(Tiles, HoldAllLargeSumsOfTheModels) {
  expect_in_tiles("cgan", models::training_step(models::CganConfig{}, 64, 60000).graph);
  expect_in_tiles("classifier", models::training_step(models::ClassifierConfig{}, 64, 60000).graph);
}

}  // namespace
}  // namespace cgan_jit
