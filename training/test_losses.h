#pragma once

#include <filesystem>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "io/loss_log.h"
#include "training/callback.h"
#include "training/evaluation.h"
#include "training/loss.h"
#include "training/say.h"

namespace cgan_jit::training {

/// What a run's tests are.
struct TestPlan {
  Record record;
  std::future<DataSet> data;  // an Error in it says why there are no tests
  int64_t batch_size = 64;
  uint32_t seed = 1;
  std::vector<Loss> losses;
  int64_t interval = 0;  // steps from one test to the next; 0: never
  Schedule training;     // whose epochs stand in the lines
  AddProgram add = {};
  Say tell = say_on_stderr;
};

/// Tests a net while it trains: every `interval` steps the means over a data set that it does not learn from
/// (Evaluation) as a line of test_losses.csv, which is drawn at the end.
class TestLosses : public Callback {
 public:
  /// The session outlives this.
  TestLosses(Session& session, const std::filesystem::path& run, TestPlan plan);

  void begin(int64_t done) override;
  /// Interrupted, a test leaves its line to whoever goes on from here.
  void after(int64_t step, io::ProgressLine& line) override;
  void sync() override;
  void rescue() override;
  void finish() override;
  /// "  test D 0.0312  G 0.9412" of the last test.
  std::string text() const override { return text_; }

 private:
  void find_data();
  void test(int64_t step, io::ProgressLine& line);

  Session& session_;
  std::filesystem::path run_;
  TestPlan plan_;
  std::optional<DataSet> data_;
  std::optional<Evaluation> evaluation_;
  std::optional<io::LossLog> log_;
  std::string text_;
};

}  // namespace cgan_jit::training
