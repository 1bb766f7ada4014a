#include "cli/batch_programs.h"

#include <algorithm>

namespace cgan_jit::cli {

BatchPrograms::BatchPrograms(LoggedSession& session, uint32_t seed, int64_t most_rows)
    : session_(session), seed_(seed), indices_(static_cast<size_t>(most_rows)) {}

void BatchPrograms::add(const std::string& name, int64_t rows, const Recording& program) {
  const Session::ProgramId id = session_.add(name, program);
  Session& session = session_.session();
  session.bind(id, "indices", std::span(indices_).first(static_cast<size_t>(rows)));
  session.bind(id, "seed", {&seed_, 1});
  session.bind(id, "step", {&step_, 1});
  programs_[rows] = {id, session.scalar_output(id, "g_loss"), session.scalar_output(id, "d_loss")};
}

void BatchPrograms::use(io::PreparedSet data) {
  data_ = std::move(data);
  for (const auto& [rows, program] : programs_) {
    session_.session().bind(program.id, "images", data_.pixels);
    session_.session().bind(program.id, "labels", data_.labels);
  }
}

const BatchPrograms::Program& BatchPrograms::begin(std::span<const int32_t> rows, uint32_t step) {
  std::ranges::copy(rows, indices_.begin());
  step_ = step;
  return programs_.at(static_cast<int64_t>(rows.size()));
}

Losses BatchPrograms::run(std::span<const int32_t> rows, uint32_t step) {
  const Program& program = begin(rows, step);
  session_.session().run(program.id);
  return program.losses();
}

Losses BatchPrograms::run_timed(std::span<const int32_t> rows, uint32_t step, Runner::Times& times) {
  const Program& program = begin(rows, step);
  times = session_.session().run_timed(program.id);
  return program.losses();
}

}  // namespace cgan_jit::cli
