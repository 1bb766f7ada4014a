#include <gtest/gtest.h>

#include "tests/programs/training.h"

// The report's training step as machine code: the same bits whatever runs it.

namespace cgan_jit {
namespace {

const models::CganConfig report;
constexpr int64_t dataset_size = 500;

SessionOptions options_for(const std::string& cpu, int threads, const std::string& cache_dir) {
  SessionOptions options;
  options.cpu = cpu;
  options.threads = threads;
  options.cache_dir = cache_dir;
  return options;
}

StepInputs batch_of(int64_t rows) { return made_up_inputs(dataset_size, report.pixels(), 10, rows); }

/// The hash of all params after so many steps of batch 64.
uint64_t hash_after(int steps, const SessionOptions& options) {
  StepInputs inputs = batch_of(64);
  Session session(options);
  const auto program = session.add("train", models::training_step(report, 64, dataset_size));
  session.initialize(1);
  bind(session, program, inputs);
  for (int step = 0; step < steps; ++step) {
    session.run(program);
    advance(inputs);
  }
  return hash_of_params(session);
}

/// Of all params after 20 steps, on every machine. When the arithmetic changes on purpose, the test's failure
/// says the new one.
constexpr uint64_t hash_after_20_steps = 0x3e32e9a6b1e4e49e;

class CganStep : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!host_can_run(GetParam())) GTEST_SKIP() << "this host cannot run " << GetParam();
  }
  const TemporaryFolder cache_;
};

TEST_P(CganStep, HasTheSameBitsOnEveryMachineAtAnyThreadCount) {
  std::map<std::string, uint64_t> hashes;
  for (int threads : {1, 2, 3, 4}) {
    hashes[fmt::format("{} threads", threads)] =
        hash_after(20, options_for(GetParam(), threads, cache_.path()));
  }
  SessionOptions checked = options_for(GetParam(), 2, cache_.path());
  checked.checked = true;
  hashes["2 threads, a barrier after every kernel and dead buffers poisoned"] = hash_after(20, checked);
  for (const auto& [how, hash] : hashes) {
    EXPECT_EQ(hash, hash_after_20_steps) << fmt::format("{}: {:#018x}", how, hash);
  }
}

TEST_P(CganStep, EqualsTheInterpreterBitForBit) {
  StepInputs inputs = batch_of(64);
  Session session(options_for(GetParam(), 2, cache_.path()));
  const auto program = session.add("train", models::training_step(report, 64, dataset_size));
  session.initialize(1);
  bind(session, program, inputs);
  for (int step = 0; step < 2; ++step) {
    Environment<float> environment = environment_of<float>(inputs);
    add_params(environment, session);
    session.run(program);
    const auto different =
        different_bits(session, program, interpret(session.lowered(program).graph, environment));
    EXPECT_FALSE(different) << "step " << inputs.step << ": " << *different;
    advance(inputs);
  }
}

// The last batch of an epoch is shorter, and pictures are drawn between steps: three programs, one set of
// weights.
TEST_P(CganStep, ProgramsOfOneSessionShareTheirParams) {
  Session session(options_for(GetParam(), 2, cache_.path()));
  const auto whole = session.add("train", models::training_step(report, 64, dataset_size));
  const auto rest = session.add("train the rest", models::training_step(report, 32, dataset_size));
  const auto sampling = session.add("sample", models::sampling(report, 100));
  session.initialize(1);
  StepInputs batch = batch_of(64), last_batch = batch_of(32);
  last_batch.step = 2;
  bind(session, whole, batch);
  bind(session, rest, last_batch);

  session.run(whole);
  Environment<float> environment = environment_of<float>(last_batch);
  add_params(environment, session);
  const uint64_t before = hash_of_params(session);
  session.run(rest);
  EXPECT_NE(hash_of_params(session), before);
  auto different = different_bits(session, rest, interpret(session.lowered(rest).graph, environment));
  EXPECT_FALSE(different) << "the rest: " << *different;

  Elements<float> z{{DType::f32, {100, report.latent_dim}}, {}, {}}, labels{{DType::i32, {100}}, {}, {}};
  std::vector<int32_t> label_values(100);
  for (int i = 0; i < 100; ++i) labels.ints.push_back(label_values[i] = i % 10);
  for (int i = 0; i < 100 * report.latent_dim; ++i) z.reals.push_back(static_cast<float>(i % 41 - 20) * 0.1f);
  session.bind(sampling, "z", z.reals);
  session.bind(sampling, "labels", label_values);
  environment = {{"z", z}, {"labels", labels}};
  add_params(environment, session);
  const uint64_t trained = hash_of_params(session);
  session.run(sampling);
  EXPECT_EQ(hash_of_params(session), trained) << "sampling changes no param";
  different = different_bits(session, sampling, interpret(session.lowered(sampling).graph, environment));
  EXPECT_FALSE(different) << "sampling: " << *different;
}

std::string name_of_cpu(const testing::TestParamInfo<std::string>& info) {
  return info.param == "x86-64-v3" ? "Avx2" : "Avx512";
}
INSTANTIATE_TEST_SUITE_P(Cpus, CganStep, testing::Values("x86-64-v3", "x86-64-v4"), name_of_cpu);

}  // namespace
}  // namespace cgan_jit
