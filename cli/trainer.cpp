#include "cli/trainer.h"

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
std::vector<uint8_t> rows_of_table(std::span<const uint8_t> table, std::span<const int32_t> indices,
                                   int64_t width) {
  std::vector<uint8_t> rows;
  for (int64_t index : indices) {
    const auto row = table.subspan(static_cast<size_t>(index * width), static_cast<size_t>(width));
    rows.insert(rows.end(), row.begin(), row.end());
  }
  return rows;
}

}  // namespace

Trainer::Trainer(LoggedSession& session, const models::CganConfig& config, uint32_t seed, Schedule schedule,
                 int64_t first_step, int64_t last_step)
    : session_(session),
      config_(config),
      schedule_(schedule),
      seed_(seed),
      programs_(session, seed, schedule.batch_size) {
  const int64_t rest = schedule.count % schedule.batch_size;
  const bool ends_epoch = reaches_epoch_end(schedule, first_step, last_step);
  if (rest == 1 && ends_epoch) {
    throw Error(
        "batch_size: {} leaves a last batch of one of {} pictures, whose variance batch normalisation cannot "
        "take",
        schedule.batch_size, schedule.count);
  }
  compile("training step", schedule.batch_size);
  if (rest > 0 && ends_epoch) compile("last batch", rest);
}

void Trainer::compile(const char* name, int64_t rows) {
  programs_.add(name, rows, models::training_step(config_, rows, schedule_.count));
}

std::span<const int32_t> Trainer::rows_of(int64_t step) {
  const Place place = schedule_.place(step);
  if (place.epoch != epoch_) order_ = epoch_order(seed_, place.epoch, schedule_.count);
  epoch_ = place.epoch;
  return std::span(order_).subspan(static_cast<size_t>(place.first_row), static_cast<size_t>(place.rows));
}

Losses Trainer::run(int64_t step) { return programs_.run(rows_of(step), static_cast<uint32_t>(step)); }

Losses Trainer::run_timed(int64_t step, Runner::Times& times) {
  return programs_.run_timed(rows_of(step), static_cast<uint32_t>(step), times);
}

Trainer::OnPaper Trainer::on_paper(int64_t step) {
  const std::span<const int32_t> indices = rows_of(step);
  const int64_t rows = static_cast<int64_t>(indices.size()), pixels = config_.pixels();
  std::vector<int32_t> in_order(indices.size());
  std::iota(in_order.begin(), in_order.end(), 0);

  const io::PreparedSet& data = programs_.data();
  const SessionOptions& options = session_.session().options();
  const PipelineOptions pipeline{options.disabled_passes, options.fused_updates, session_.session().target()};
  return {run_graph_passes(models::training_step(config_, rows, rows), pipeline),
          {{"images", integers(DType::u8, {rows, pixels}, rows_of_table(data.pixels, indices, pixels))},
           {"labels", integers(DType::u8, {rows}, rows_of_table(data.labels, indices, 1))},
           {"indices", integers(DType::i32, {rows}, in_order)},
           {"seed", integers(DType::u32, {}, std::vector{seed_})},
           {"step", integers(DType::u32, {}, std::vector{static_cast<uint32_t>(step)})}}};
}

}  // namespace cgan_jit::cli
