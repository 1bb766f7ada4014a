#include "training/trainer.h"

#include "passes/pipeline.h"
#include "training/epoch_order.h"

namespace cgan_jit::training {
namespace {

Recording recorded(const Record& record, int64_t batch, int64_t rows) {
  Builder builder;
  record(builder, batch, rows);
  return builder.build();
}

}  // namespace

Trainer::Trainer(Session& session, Recipe recipe, int64_t first_step, int64_t last_step,
                 const AddProgram& add)
    : session_(session), recipe_(std::move(recipe)), programs_(session, recipe_.seed, recipe_.losses) {
  const Schedule& schedule = recipe_.schedule;
  const auto compile = [&](const char* name, int64_t batch) {
    const Recording program = recorded(recipe_.record, batch, schedule.count);
    programs_.add(batch, add ? add(name, program) : session_.add(name, program));
  };
  if (schedule.count < 1 || schedule.batches() < 1)
    throw Error("{} rows are not one batch of {}", schedule.count, schedule.batch_size);
  if (schedule.count >= schedule.batch_size) compile("training step", schedule.batch_size);
  if (schedule.shorter_batch() > 0 && schedule.ends_epoch(first_step, last_step))
    compile("last batch", schedule.shorter_batch());
}

void Trainer::use(DataSet data) {
  if (data.count() != recipe_.schedule.count)
    throw Error("the data set has {} rows, not {}", data.count(), recipe_.schedule.count);
  programs_.use(std::move(data));
}

std::span<const int32_t> Trainer::rows_of(int64_t step) {
  const Place place = recipe_.schedule.place(step);
  if (place.epoch != epoch_) order_ = epoch_order(recipe_.seed, place.epoch, recipe_.schedule.count);
  epoch_ = place.epoch;
  return std::span(order_).subspan(static_cast<size_t>(place.first_row), static_cast<size_t>(place.rows));
}

std::span<const float> Trainer::run(int64_t step) {
  return programs_.run(rows_of(step), static_cast<uint32_t>(step));
}

std::span<const float> Trainer::run_timed(int64_t step, Runner::Times& times) {
  return programs_.run_timed(rows_of(step), static_cast<uint32_t>(step), times);
}

Trainer::OnPaper Trainer::on_paper(int64_t step) {
  const std::span<const int32_t> rows = rows_of(step);
  const auto batch = static_cast<int64_t>(rows.size());
  const SessionOptions& options = session_.options();
  const PipelineOptions pipeline{options.disabled_passes, options.fused_updates, session_.target()};
  Graph graph = run_graph_passes(recorded(recipe_.record, batch, batch), pipeline);
  Environment<float> inputs =
      inputs_on_paper(graph, programs_.data(), recipe_.seed, rows, static_cast<uint32_t>(step));
  return {std::move(graph), std::move(inputs)};
}

}  // namespace cgan_jit::training
