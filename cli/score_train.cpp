#include <cstdio>

#include "cli/data.h"
#include "cli/recogniser.h"
#include "cli/recogniser_trainer.h"
#include "cli/score_request.h"
#include "io/interrupt.h"
#include "io/progress.h"

namespace cgan_jit::cli {
namespace {

constexpr int64_t most_classes = 256;  // labels are bytes

/// The mean of the losses since it was last asked for.
class MeanLoss {
 public:
  void add(float loss) {
    sum_ += loss;
    ++count_;
  }
  double take() {
    const double mean = sum_ / static_cast<double>(count_);
    *this = {};
    return mean;
  }

 private:
  double sum_ = 0;
  int64_t count_ = 0;
};

std::string progress(int64_t step, int64_t steps, const training::Schedule& schedule, double loss,
                     double seconds) {
  const training::Place place = schedule.place(step);
  return io::to_text({step, steps, place.epoch, schedule.epoch(steps), place.batch, schedule.batches(),
                      fmt::format("loss {:.4f}", loss), static_cast<double>(step) / seconds});
}

double share_recognised(const ScoreRequest& request, const LabelledPictures& pictures) {
  Recogniser recogniser(request.session(), request.out);
  const Recognition found = recogniser.recognise(pictures.pixels);
  return confusion_of(pictures.labels, found.labels, recogniser.classes()).recognised();
}

io::PreparedSet prepared(const ScoreRequest& request, const DataFacts& facts) {
  return prepare_in_background(facts, models::RecogniserConfig{}.size, request.compiler->cache()).get();
}

}  // namespace

int train_recogniser(const ScoreRequest& request) {
  io::remember_interrupts();
  const double started = io::seconds_now();
  const std::filesystem::path folder = request.data.empty() ? "data/mnist" : request.data;
  const DataFacts train = inspect_data(folder, io::Split::train, most_classes);
  const DataFacts test = inspect_data(folder, io::Split::test, train.classes);
  RecogniserTrainer trainer(request.session(), training::picture_set(prepared(request, train)), train.classes,
                            request.seed);
  const int64_t steps = request.steps > 0 ? std::min(request.steps, trainer.steps()) : trainer.steps();
  io::ProgressLine line(stderr, io::is_live_terminal());
  MeanLoss loss;
  const double begin = io::seconds_now();
  for (int64_t step = 1; step <= steps; ++step) {
    if (const int signal = io::interrupt_received()) {
      line.finish();
      fmt::print("stopped after step {}; nothing is written\n", step - 1);
      return 128 + signal;
    }
    loss.add(trainer.run(step));
    if (line.due() || step == steps)
      line.show(progress(step, steps, trainer.schedule(), loss.take(), io::seconds_now() - begin));
  }
  line.finish();
  trainer.save(request.out);
  fmt::print("{}: after {} steps, {:.0f} s, it recognises {:.2f} % of the test images\n",
             request.out.string(), steps, io::seconds_now() - started,
             100 * share_recognised(request, recogniser_view(prepared(request, test))));
  return 0;
}

}  // namespace cgan_jit::cli
