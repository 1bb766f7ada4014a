#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "bench/nets/nets.h"
#include "passes/pipeline.h"

// What every net becomes: kernels, and phases (one less than there are barriers). A pass that cuts a kernel
// in two, or lets a wait in, shows here. CGAN_JIT_UPDATE_GOLDEN=1 writes the file anew.

namespace cgan_jit {
namespace {

const std::string golden = std::string(CGAN_JIT_SOURCE_DIR) + "/tests/bench/golden/kernels.txt";

std::string counts() {
  PipelineOptions options;
  options.target = Target{"x86-64-v4", "", 32, 16};
  std::string text;
  for (const auto& [name, make] : nets::all()) {
    for (const nets::StepProgram& program : make().programs) {
      const LoweredProgram lowered = lower_program(program.recording.graph, options);
      text += fmt::format("{} {}: {} kernels, {} phases\n", name, program.name, lowered.kernels.size(),
                          lowered.phases.size());
    }
  }
  return text;
}

TEST(KernelCounts, OfEveryNetAreAsTheFileSays) {
  const std::string found = counts();
  if (std::getenv("CGAN_JIT_UPDATE_GOLDEN")) std::ofstream(golden) << found;
  std::stringstream wanted;
  wanted << std::ifstream(golden).rdbuf();
  EXPECT_EQ(found, wanted.str());
}

}  // namespace
}  // namespace cgan_jit
