#pragma once

#include <map>
#include <string>
#include <vector>

#include "frontend/tensor.h"

namespace cgan_jit::nets {

/// A program of a training step, which runs it so many times in a row.
struct StepProgram {
  std::string name;
  Graph graph;
  int64_t runs = 1;
};

/// A net's training step: programs over shared params, in the order in which they run.
struct TrainingStep {
  int64_t batch = 0;  // rows that a program reads
  std::vector<StepProgram> programs;
  std::map<std::string, std::vector<float>> initial;  // params by name; those left out begin as 0
};

/// Adds what `builder` has recorded, and the first values of those params that the step does not have yet.
void add_program(TrainingStep& step, const std::string& name, const Builder& builder, int64_t runs = 1);

}  // namespace cgan_jit::nets
