#include "training/batch_programs.h"

#include <algorithm>

namespace cgan_jit::training {
namespace {

std::vector<std::string> scalar_outputs(const Graph& graph) {
  std::vector<std::string> names;
  for (const Output& output : graph.outputs()) {
    if (!output.updates && graph.type(output.value) == Type{DType::f32, {}}) names.push_back(output.name);
  }
  return names;
}

}  // namespace

BatchPrograms::BatchPrograms(Session& session, uint32_t seed, std::vector<std::string> scalars)
    : session_(session), seed_(seed), scalars_(std::move(scalars)) {}

void BatchPrograms::add(int64_t rows, Session::ProgramId id) {
  const std::vector<std::string> there = scalar_outputs(session_.lowered(id).graph);
  if (scalars_.empty()) scalars_ = there;
  if (scalars_.empty()) throw Error("the program gives out no number, as a loss would be");
  Program program{id, {}};
  for (const std::string& name : scalars_) {
    if (std::ranges::find(there, name) == there.end())
      throw Error("the program gives out no number '{}'; it has {}", name, fmt::join(there, ", "));
    program.scalars.push_back(session_.scalar_output(id, name));
  }
  values_.resize(scalars_.size());
  programs_[rows] = std::move(program);
}

void BatchPrograms::use(DataSet data) {
  const int64_t most_rows = programs_.empty() ? 0 : programs_.rbegin()->first;
  feed_.emplace(std::move(data), seed_, most_rows);
  for (const auto& [rows, program] : programs_) feed_->bind(session_, program.id, rows);
}

const BatchPrograms::Program& BatchPrograms::begin(std::span<const int32_t> rows, uint32_t step) {
  feed_->next(rows, step);
  return programs_.at(static_cast<int64_t>(rows.size()));
}

std::span<const float> BatchPrograms::values(const Program& program) {
  std::ranges::transform(program.scalars, values_.begin(), [](const float* scalar) { return *scalar; });
  return values_;
}

std::span<const float> BatchPrograms::run(std::span<const int32_t> rows, uint32_t step) {
  const Program& program = begin(rows, step);
  session_.run(program.id);
  return values(program);
}

std::span<const float> BatchPrograms::run_timed(std::span<const int32_t> rows, uint32_t step,
                                                Runner::Times& times) {
  const Program& program = begin(rows, step);
  times = session_.run_timed(program.id);
  return values(program);
}

}  // namespace cgan_jit::training
