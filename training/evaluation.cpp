#include "training/evaluation.h"

#include <algorithm>
#include <numeric>

#include "io/interrupt.h"

namespace cgan_jit::training {

static_assert(Evaluation::first_step > most_steps);

Evaluation::Evaluation(Session& session, const Record& record, DataSet data, int64_t batch_size,
                       uint32_t seed, std::vector<std::string> losses, const AddProgram& add)
    : schedule_{data.count(), batch_size},
      order_(static_cast<size_t>(data.count())),
      programs_(session, seed, std::move(losses)) {
  if (data.count() == 0) throw Error("the data set has no rows");
  std::iota(order_.begin(), order_.end(), 0);
  const auto compile = [&](const char* name, int64_t batch) {
    Builder builder(Mode::eval);
    record(builder, batch, schedule_.count);
    const Recording program = builder.build_without_updates();
    programs_.add(batch, add ? add(name, program) : session.add(name, program));
  };
  if (schedule_.count >= batch_size) compile("test", batch_size);
  if (schedule_.shorter_batch() > 0) compile("last batch of the test", schedule_.shorter_batch());
  programs_.use(std::move(data));
}

std::optional<std::vector<float>> Evaluation::run(const std::function<void(const Place&)>& begins) {
  std::vector<double> sums(losses().size());
  for (int64_t batch = 0; batch < schedule_.batches(); ++batch) {
    if (io::interrupt_received() != 0) return {};
    const Place place = schedule_.place(batch + 1);
    if (begins) begins(place);
    const auto rows =
        std::span(order_).subspan(static_cast<size_t>(place.first_row), static_cast<size_t>(place.rows));
    const auto values = programs_.run(rows, first_step + static_cast<uint32_t>(batch));
    for (size_t i = 0; i < sums.size(); ++i) sums[i] += static_cast<double>(place.rows) * values[i];
  }
  std::vector<float> means;
  for (const double sum : sums)
    means.push_back(static_cast<float>(sum / static_cast<double>(schedule_.count)));
  return means;
}

}  // namespace cgan_jit::training
