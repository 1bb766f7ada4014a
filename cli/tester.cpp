#include "cli/tester.h"

#include <numeric>

#include "io/interrupt.h"

namespace cgan_jit::cli {

Tester::Tester(LoggedSession& session, const models::CganConfig& config, uint32_t seed,
               io::PreparedSet images)
    : schedule_{images.count, config.batch_size},
      order_(static_cast<size_t>(images.count)),
      programs_(session, seed, config.batch_size) {
  std::iota(order_.begin(), order_.end(), 0);
  const auto compile = [&](const char* name, int64_t rows) {
    programs_.add(name, rows, models::evaluation(config, rows, images.count, Mode::eval));
  };
  const int64_t rest = images.count % config.batch_size;
  if (images.count >= config.batch_size) compile("test", config.batch_size);
  if (rest > 0) compile("last batch of the test", rest);
  programs_.use(std::move(images));
}

std::optional<Losses> Tester::run(const std::function<void(const Place&)>& begins) {
  double g = 0, d = 0;
  for (int64_t batch = 0; batch < schedule_.batches(); ++batch) {
    if (io::interrupt_received() != 0) return {};
    const Place place = schedule_.place(batch + 1);
    begins(place);
    const auto rows =
        std::span(order_).subspan(static_cast<size_t>(place.first_row), static_cast<size_t>(place.rows));
    const Losses losses = programs_.run(rows, first_step + static_cast<uint32_t>(batch));
    g += static_cast<double>(place.rows) * losses.g;
    d += static_cast<double>(place.rows) * losses.d;
  }
  const auto count = static_cast<double>(schedule_.count);
  return Losses{static_cast<float>(g / count), static_cast<float>(d / count)};
}

}  // namespace cgan_jit::cli
