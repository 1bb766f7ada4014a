#include "training/run.h"

#include <fmt/format.h>

#include "io/interrupt.h"
#include "training/checkpoint_folder.h"
#include "training/configuration.h"
#include "training/finite.h"

namespace cgan_jit::training {
namespace {

Recipe recipe_of(const RunPlan& plan) {
  return {plan.record, plan.schedule(), plan.seed, names_of(plan.losses)};
}

std::string whole_config(const RunPlan& plan) {
  std::string config = with_number(plan.config, "batch_size", plan.batch_size);
  config = with_number(config, "seed", plan.seed);
  return with_number(config, checkpoint_interval_key, plan.checkpoint_interval);
}

/// "D nan, G 0.5".
std::string exact_text(const std::vector<Loss>& losses, std::span<const float> values) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < losses.size(); ++i)
    texts.push_back(fmt::format("{} {}", losses[i].short_name(), values[i]));
  return fmt::format("{}", fmt::join(texts, ", "));
}

}  // namespace

Run::Run(Session& session, RunStart start, RunPlan plan)
    : session_(session),
      start_(std::move(start)),
      plan_(std::move(plan)),
      recipe_(recipe_of(plan_)),
      last_step_(last_step_of(recipe_.schedule, plan_.epochs, plan_.steps)),
      first_done_(start_.done()),
      done_(first_done_),
      saved_(done_),
      line_(plan_.progress, io::is_live_terminal()) {
  plan_.config = whole_config(plan_);
  plan_.may_change.insert(checkpoint_interval_key);
  expect_same_run();
}

Run::~Run() = default;

void Run::add(std::unique_ptr<Callback> callback) { callbacks_.push_back(std::move(callback)); }

std::string Run::other_numbers() const {
  const std::string& then = start_.from ? start_.from->config : start_.config;
  const std::filesystem::path source = start_.from ? start_.from->path : config_file(folder());
  try {
    return differences(plan_.config, then, plan_.may_change);
  } catch (const Error& error) { throw Error("{}: {}", source.string(), error.what()); }
}

void Run::expect_same_run() const {
  if (start_.config.empty()) return;
  const std::string others = other_numbers();
  if (!others.empty())
    throw Error("{}: cannot go on as if it had never stopped: {}; a new run can", folder().string(), others);
  if (done_ > last_step_) {
    throw Error("{}: step {} is done already, and the run would end at step {}", folder().string(), done_,
                last_step_);
  }
}

void Run::prepare() {
  if (trainer_) return;
  auto trainer = std::make_unique<Trainer>(session_, recipe_, done_ + 1, last_step_, plan_.add);
  load_params();
  DataSet data = plan_.data.set.get();
  data_identity_ = std::async([data] { return data.identity(); });
  trainer->use(std::move(data));
  expect_same_data();
  tidy();
  start_.from.reset();
  if (plan_.losses.empty()) {
    for (const std::string& name : trainer->losses()) plan_.losses.push_back({name});
  }
  trainer_ = std::move(trainer);
}

void Run::load_params() {
  if (start_.from) return restore(session_, *start_.from);
  session_.initialize(plan_.seed);
}

void Run::expect_same_data() const {
  if (!start_.from || start_.from->data.empty() || start_.from->data == data_identity_.get()) return;
  throw Error("{}: cannot go on as if it had never stopped: the data are {}, not {}; a new run can",
              folder().string(), data_identity_.get(), start_.from->data);
}

void Run::tidy() const {
  for (const auto& part : {folder(), checkpoints_of(folder())}) io::remove_temporaries(part);
  if (start_.from) settle_checkpoints(folder(), done_, plan_.checkpoint_interval);
  if (start_.config != plan_.config) io::write_file(config_file(folder()), plan_.config);
}

RunEnd Run::train() {
  prepare();
  try {
    run_steps();
  } catch (const io::WriteError& error) { rescue(error.what()); } catch (const NotFinite& error) {
    explain(error.what());
  }
  return {done_, done_ == last_step_ ? 0 : io::interrupt_received()};
}

void Run::run_steps() {
  log_.emplace(losses_file(folder()), names_of(plan_.losses), done_);
  if (log_->missing() > 0) {
    plan_.warn(
        fmt::format("{}: the lines of {} steps are lost", losses_file(folder()).string(), log_->missing()));
  }
  for (const auto& callback : callbacks_) callback->begin(done_);
  for (const auto& callback : callbacks_) callback->after(done_, line_);
  first_step_began_ = io::seconds_now();
  while (done_ < last_step_ && !io::interrupt_received()) step();
  line_.finish();
  finish();
}

void Run::step() {
  const std::span<const float> losses = run_step();
  ++done_;
  if (!all_finite(losses)) throw NotFinite("the losses are {}", exact_text(plan_.losses, losses));
  log_->add({done_, recipe_.schedule.epoch(done_), {losses.begin(), losses.end()}});
  if (line_.due() || done_ == last_step_) show(losses);
  for (const auto& callback : callbacks_) callback->after(done_, line_);
  if (is_due(done_, plan_.checkpoint_interval)) checkpoint();
}

// The last, shorter batch of an epoch is another program, whose times would not go with the others.
std::span<const float> Run::run_step() {
  const int64_t next = done_ + 1;
  if (!plan_.times || recipe_.schedule.place(next).rows != plan_.batch_size) return trainer_->run(next);
  Runner::Times times;
  const std::span<const float> losses = trainer_->run_timed(next, times);
  plan_.times(std::move(times));
  return losses;
}

void Run::show(std::span<const float> losses) {
  const Schedule& schedule = recipe_.schedule;
  const Place place = schedule.place(done_);
  const double rate = static_cast<double>(done_ - first_done_) / (io::seconds_now() - first_step_began_);
  std::string text = io::to_text({done_, last_step_, place.epoch, schedule.place(last_step_).epoch,
                                  place.batch, schedule.batches(), to_text(plan_.losses, losses), rate});
  for (const auto& callback : callbacks_) text += callback->text();
  line_.show(text);
}

// All that the run owes up to its step is on the disk before the checkpoint is: whoever goes on from there
// cannot make it.
void Run::checkpoint() {
  if (saved_ == done_) return;
  for (const auto& callback : callbacks_) callback->sync();
  log_->sync();
  save();
}

void Run::save() {
  save_checkpoint(checkpoint_file(folder(), done_), session_, done_, plan_.config, data_identity_.get());
  saved_ = done_;
  settle_checkpoints(folder(), done_, plan_.checkpoint_interval);
}

void Run::finish() {
  checkpoint();
  for (const auto& callback : callbacks_) callback->sync();
  write_loss_chart(folder(), plan_.losses);
  for (const auto& callback : callbacks_) {
    try {
      callback->finish();
    } catch (const io::WriteError&) { throw; } catch (const Error& error) {
      plan_.warn(error.what());
    }
  }
}

}  // namespace cgan_jit::training
