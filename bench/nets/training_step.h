#pragma once

#include <string>
#include <vector>

#include "frontend/tensor.h"

namespace cgan_jit::nets {

/// A program of a training step, which runs it so many times in a row.
struct StepProgram {
  std::string name;
  Recording recording;
  int64_t runs = 1;
};

/// A net's training step: programs over shared params, in the order in which they run.
struct TrainingStep {
  int64_t batch = 0;  // rows that a program reads
  std::vector<StepProgram> programs;
};

/// Adds what `builder` has recorded.
void add_program(TrainingStep& step, const std::string& name, const Builder& builder, int64_t runs = 1);

/// A step of one program, "train": the output "loss", and Adam on all params.
TrainingStep adam_step(Builder& builder, const Tensor& loss, int64_t batch);

}  // namespace cgan_jit::nets
