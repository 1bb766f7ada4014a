#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xmmintrin.h>

#include <atomic>
#include <bit>
#include <mutex>
#include <thread>

#include "frontend/cgan_jit.h"
#include "ir/interpret.h"
#include "ir/text.h"
#include "tests/frontend/sessions.h"

namespace cgan_jit {
namespace {

/// A net with dropout, statistics and Adam, of which a step uses most of what there is.
Graph training_step(Builder& builder) {
  const Tensor x = builder.input("x", DType::f32, {32, 40});
  Sequential model(builder / "model");
  model.add<Linear>(40, 50);
  model.add<BatchNorm1d>(50);
  model.add<LeakyReLU>(0.2f);
  model.add<Dropout>(0.3f);
  model.add<Linear>(50, 1);
  const Tensor loss = mse_loss(model(x), random_normal(builder, {32, 1}));
  Adam{}.minimize(loss, builder.trained());
  builder.output("loss", loss);
  return builder.build();
}

/// All that some steps of training leave, bit for bit, and the graph that was trained.
std::pair<std::string, std::vector<std::byte>> trained(int threads) {
  Builder builder;
  const Graph graph = training_step(builder);
  Session session(plain(threads));
  const auto program = session.add("step", graph);
  session.initialize(1);
  std::vector<float> x = normal_values(7, 0, 32 * 40);
  for (size_t i = 0; i < x.size(); i += 5)
    x[i] = std::bit_cast<float>(uint32_t(i * 2621 + 1));  // subnormal, too
  uint32_t seed = 1, step = 0;
  session.bind(program, "x", x);
  session.bind(program, "seed", {&seed, 1});
  session.bind(program, "step", {&step, 1});
  for (step = 1; step <= 5; ++step) session.run(program);
  std::vector<std::byte> all;
  for (const std::string& name : session.param_names()) {
    const auto bytes = session.param_bytes(name);
    all.insert(all.end(), bytes.begin(), bytes.end());
  }
  return {print(graph), all};
}

// Law: the host's rounding mode and flush-to-zero change no bit of recording, compiling, interpreting or
// running, and are the host's again afterwards.
TEST(SessionHost, FloatingPointEnvironmentChangesNothing) {
  const auto expected = trained(2);
  const unsigned standard = _mm_getcsr();
  for (const unsigned mode : {0x8040u, 0x2000u, 0x4000u, 0x6000u, 0xe040u}) {
    _mm_setcsr(0x1f80 | mode);
    const auto found = trained(2);
    const unsigned after = _mm_getcsr() & ~0x3fu;
    _mm_setcsr(standard);
    EXPECT_EQ(found.first, expected.first) << mode;
    EXPECT_EQ(found.second, expected.second) << mode;
    EXPECT_EQ(after, 0x1f80 | mode);
  }
}

TEST(SessionHost, InterpreterKeepsSubnormals) {
  const Graph graph =
      parse("graph {\n %0 = input \"x\" : f32[2]\n %1 = mul %0, %0 : f32[2]\n output \"y\" %1\n}\n");
  const Environment<float> in = {{"x", {{DType::f32, {2}}, {1e-20f, 3e-23f}, {}}}};
  const auto expected = interpret(graph, in);
  const unsigned standard = _mm_getcsr();
  _mm_setcsr(standard | 0x8040 | 0x4000);
  const auto found = interpret(graph, in);
  _mm_setcsr(standard);
  EXPECT_EQ(found, expected);
  EXPECT_GT(expected.at("y").reals[0], 0);
}

TEST(SessionHost, RunsInAChildOfFork) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "its runtime allows no threads in a child of fork";
#endif
  Builder builder;
  const Tensor n = builder.state("n", {DType::i32, {100}});
  builder.update(n, n + 1);
  Session session(plain(3));
  const auto program = session.add("count", builder.build());
  session.run(program);
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    session.run(program);
    const bool right = session.param_bytes("n") == as_bytes(std::vector<int32_t>(100, 2));
    ::_exit(right ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  session.run(program);
  EXPECT_EQ(session.param_bytes("n"), as_bytes(std::vector<int32_t>(100, 2)));
}

// Law: a session in use by one thread refuses the others; whoever was refused has disturbed nobody.
TEST(SessionHost, TwoThreadsAtOnceAreAnError) {
  Builder builder;
  const Tensor n = builder.state("n", {DType::i32, {}});
  builder.update(n, n + 1);
  const Graph graph = builder.build();
  std::atomic<bool> inside{false}, refused{false};
  SessionOptions options = plain(1);
  options.observer = [&](std::string_view, double, const std::function<std::string()>&) {
    inside = true;
    while (!refused) std::this_thread::yield();
  };
  Session session(std::move(options));
  std::thread adds([&] { session.add("count", graph); });
  while (!inside) std::this_thread::yield();
  const std::string what =
      "a session is used by two threads at once: each needs one of its own, or they take turns";
  EXPECT_EQ(told([&] { session.run(0); }), what);
  EXPECT_EQ(told([&] { session.param_names(); }), what);
  EXPECT_EQ(told([&] { session.add("again", graph); }), what);
  refused = true;
  adds.join();
  session.run(0);
  EXPECT_EQ(session.param_bytes("n"), as_bytes(std::vector<int32_t>{1}));
}

// Law: sessions of one process know nothing of each other: at once, each computes what it does alone.
TEST(SessionHost, TwoSessionsAtOnceAreAsEachAlone) {
  const auto expected = trained(2);
  for (const int threads : {1, 3}) {
    std::pair<std::string, std::vector<std::byte>> first, second;
    std::thread other([&] { second = trained(threads); });
    first = trained(2);
    other.join();
    EXPECT_EQ(first, expected) << threads;
    EXPECT_EQ(second, expected) << threads;
  }
}

// Law: two threads that take turns run two programs of one session over the same params, and no run is lost.
TEST(SessionHost, TwoThreadsMayTakeTurns) {
  constexpr int runs = 200;
  Session session(plain(2));
  for (const int step : {1, 1000}) {
    Builder builder;
    const Tensor n = builder.state("n", {DType::i32, {100}});
    builder.update(n, n + step);
    session.add(fmt::format("add {}", step), builder.build());
  }
  std::mutex turn;
  const auto work = [&](Session::ProgramId program) {
    for (int i = 0; i < runs; ++i) {
      const std::lock_guard mine(turn);
      session.run(program);
    }
  };
  std::thread other(work, 1);
  work(0);
  other.join();
  EXPECT_EQ(session.param_bytes("n"), as_bytes(std::vector<int32_t>(100, runs * 1001)));
}

TEST(SessionHost, ManyMayLookAtOnce) {
  Session session(plain(1));
  Builder builder;
  builder.output("p", builder.param("p", {50, 70}, NormalInit{}) + 1);
  session.add("p", builder.build());
  std::atomic<int> errors{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < 200; ++k) errors += told([&] { session.param("p"); }) != "nothing";
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(errors, 0);
}

}  // namespace
}  // namespace cgan_jit
