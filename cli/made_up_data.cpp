#include "cli/made_up_data.h"

#include "ir/error.h"
#include "ir/philox.h"

namespace cgan_jit::cli {
namespace {

/// U[0, 1) times `below`.
template <typename T>
std::vector<T> drawn(uint32_t stream, int64_t count, float below) {
  constexpr uint32_t seed = 1, step = 0;
  std::vector<T> values;
  values.reserve(count + 3);
  for (uint32_t block = 0; std::ssize(values) < count; ++block) {
    for (uint32_t word : philox({block, stream, step, 0}, {seed, 0}))
      values.push_back(static_cast<T>(static_cast<float>(word >> 8) * 0x1p-24f * below));
  }
  values.resize(static_cast<size_t>(count));
  return values;
}

void add_input(training::DataSet& data, const std::string& name, const Type& type) {
  const int64_t count = element_count(type.shape);
  if (name == "seed" || name == "step" || data.constant(name)) return;
  if (type.dtype == DType::f32) {
    data.constant(name, type.shape, drawn<float>(0, count, 1));
  } else if (type.dtype == DType::i32) {
    constexpr float classes = 10;
    data.constant(name, type.shape, drawn<int32_t>(1, count, classes));
  } else {
    throw Error("input '{}': no values are made up for {}", name, to_string(type));
  }
}

}  // namespace

training::DataSet made_up_data(const nets::TrainingStep& step) {
  training::DataSet data;
  for (const nets::StepProgram& program : step.programs) {
    for (const Node& node : program.recording.graph.nodes()) {
      if (const auto* input = as<Input>(node)) add_input(data, input->name, node.type);
    }
  }
  return data;
}

}  // namespace cgan_jit::cli
