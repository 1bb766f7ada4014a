#include "cli/trainer.h"

#include <algorithm>
#include <numeric>

#include "cli/shuffle.h"

namespace cgan_jit::cli {
namespace {

/// Whether steps first .. last contain one that ends an epoch.
bool reaches_epoch_end(const Schedule& schedule, int64_t first, int64_t last) {
  return last / schedule.batches() > (first - 1) / schedule.batches();
}

template <typename Int>
Elements<float> integers(DType dtype, Shape shape, const std::vector<Int>& values) {
  return {{dtype, std::move(shape)}, {}, {values.begin(), values.end()}};
}

/// Rows `indices` of a table of rows of `width`.
std::vector<uint8_t> rows_of(std::span<const uint8_t> table, std::span<const int32_t> indices,
                             int64_t width) {
  std::vector<uint8_t> rows;
  for (int64_t index : indices) {
    const auto row = table.subspan(static_cast<size_t>(index * width), static_cast<size_t>(width));
    rows.insert(rows.end(), row.begin(), row.end());
  }
  return rows;
}

}  // namespace

Place Schedule::place(int64_t step) const {
  const int64_t batch = (step - 1) % batches(), first = batch * batch_size;
  return {(step - 1) / batches() + 1, batch + 1, first, std::min(batch_size, count - first)};
}

Trainer::Trainer(LoggedSession& session, const models::CganConfig& config, uint32_t seed, Schedule schedule,
                 int64_t first_step, int64_t last_step)
    : session_(session),
      config_(config),
      schedule_(schedule),
      seed_(seed),
      indices_(static_cast<size_t>(schedule.batch_size)) {
  const int64_t rest = schedule.count % schedule.batch_size;
  const bool ends_epoch = reaches_epoch_end(schedule, first_step, last_step);
  if (rest == 1 && ends_epoch) {
    throw Error(
        "batch_size: {} leaves a last batch of one of {} pictures, whose variance batch normalisation cannot "
        "take",
        schedule.batch_size, schedule.count);
  }
  whole_ = compile("training step", schedule.batch_size);
  if (rest > 0 && ends_epoch) shorter_ = compile("last batch", rest);
}

Trainer::StepProgram Trainer::compile(const char* name, int64_t rows) {
  const Session::ProgramId id = session_.add(name, models::training_step(config_, rows, schedule_.count));
  session_.session().bind(id, "indices", indices_.data());
  session_.session().bind(id, "seed", &seed_);
  session_.session().bind(id, "step", &step_);
  return {id, session_.session().scalar_output(id, "g_loss"), session_.session().scalar_output(id, "d_loss")};
}

void Trainer::use(io::PreparedSet data) {
  data_ = std::move(data);
  for (const auto& program : {whole_, shorter_}) {
    if (!program) continue;
    session_.session().bind(program->id, "images", data_.pixels.data());
    session_.session().bind(program->id, "labels", data_.labels.data());
  }
}

const Trainer::StepProgram& Trainer::program_for(const Place& place) const {
  return place.rows == schedule_.batch_size ? *whole_ : *shorter_;
}

const Trainer::StepProgram& Trainer::begin(int64_t step) {
  const Place place = schedule_.place(step);
  if (place.epoch != epoch_) order_ = epoch_order(seed_, place.epoch, schedule_.count);
  epoch_ = place.epoch;
  std::copy_n(order_.begin() + place.first_row, place.rows, indices_.begin());
  step_ = static_cast<uint32_t>(step);
  return program_for(place);
}

Trainer::OnPaper Trainer::on_paper(int64_t step) {
  begin(step);
  const int64_t rows = schedule_.place(step).rows, pixels = config_.pixels();
  const std::span<const int32_t> indices(indices_.data(), static_cast<size_t>(rows));
  std::vector<int32_t> in_order(static_cast<size_t>(rows));
  std::iota(in_order.begin(), in_order.end(), 0);

  const SessionOptions& options = session_.session().options();
  const PipelineOptions pipeline{
      options.disabled_passes, options.fused_updates, session_.session().target()};
  return {run_graph_passes(models::training_step(config_, rows, rows), pipeline),
          {{"images", integers(DType::u8, {rows, pixels}, rows_of(data_.pixels, indices, pixels))},
           {"labels", integers(DType::u8, {rows}, rows_of(data_.labels, indices, 1))},
           {"indices", integers(DType::i32, {rows}, in_order)},
           {"seed", integers(DType::u32, {}, std::vector{seed_})},
           {"step", integers(DType::u32, {}, std::vector{step_})}}};
}

Trainer::Losses Trainer::run(int64_t step) {
  const StepProgram& program = begin(step);
  session_.session().run(program.id);
  return {*program.g_loss, *program.d_loss};
}

Trainer::Losses Trainer::run_timed(int64_t step, Runner::Times& times) {
  const StepProgram& program = begin(step);
  times = session_.session().run_timed(program.id);
  return {*program.g_loss, *program.d_loss};
}

}  // namespace cgan_jit::cli
