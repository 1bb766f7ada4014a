#include "training/trainer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "frontend/cgan_jit.h"
#include "ir/interpret.h"
#include "tests/io/files.h"
#include "training/epoch_order.h"

namespace cgan_jit::training {
namespace {

constexpr int64_t row_count = 11, rows_a_batch = 4;

/// Row r is 2^r, so that the sum of a batch tells its rows.
DataSet powers() {
  std::vector<float> x;
  for (int row = 0; row < row_count; ++row) x.push_back(static_cast<float>(1 << row));
  return DataSet().table("x", {}, x);
}

void sums_its_batch(Builder& builder, int64_t batch, int64_t) {
  builder.output("sum", sum(builder.input("x", DType::f32, {batch})));
}

void gathers_and_sums(Builder& builder, int64_t batch, int64_t rows) {
  const Tensor x = builder.input("x", DType::f32, {rows, 1});
  builder.output("sum", sum(embedding(x, builder.input("indices", DType::i32, {batch}))));
}

float sum_of(std::span<const int32_t> rows) {
  float total = 0;
  for (const int32_t row : rows) total += std::ldexp(1.0f, row);
  return total;
}

/// A trainer of the steps 1 .. 9 in a session of its own.
struct Trained {
  Session session{{.threads = 1, .cache_dir = ""}};
  Trainer trainer;
  explicit Trained(const Record& record, uint32_t seed = 1, Rest rest = Rest::shorter_batch)
      : trainer(session, {record, {row_count, rows_a_batch, rest}, seed}, 1, 9) {
    trainer.use(powers());
  }
  float run(int64_t step) { return trainer.run(step).front(); }
};

// Law: step n learns from its place in the order of its epoch, whatever ran before.
TEST(Trainer, LearnsFromTheOrderOfTheEpoch) {
  for (const Record& record : {Record(sums_its_batch), Record(gathers_and_sums)}) {
    for (const uint32_t seed : {1u, 2u}) {
      Trained net(record, seed);
      for (const int64_t step : {1, 2, 3, 4, 9, 8, 2, 1}) {
        const Place place = net.trainer.schedule().place(step);
        const std::vector<int32_t> order = epoch_order(seed, place.epoch, row_count);
        const auto rows =
            std::span(order).subspan(static_cast<size_t>(place.first_row), static_cast<size_t>(place.rows));
        EXPECT_EQ(net.run(step), sum_of(rows)) << "step " << step << ", seed " << seed;
      }
    }
  }
}

TEST(Trainer, AnEpochHoldsEveryRowOnceOrLeavesTheRestOut) {
  const auto all = static_cast<float>((1 << row_count) - 1);
  Trained whole(sums_its_batch);
  EXPECT_EQ(whole.run(1) + whole.run(2) + whole.run(3), all);
  Trained left_out(sums_its_batch, 1, Rest::left_out);
  EXPECT_LT(left_out.run(1) + left_out.run(2), all);
  EXPECT_EQ(left_out.trainer.schedule().epoch(3), 2);
}

// What no step will need is not compiled.
TEST(Trainer, CompilesTheShorterBatchOnlyWhenAnEpochWillEnd) {
  const auto batches = [](int64_t first, int64_t last, int64_t count) {
    std::multiset<int64_t> compiled;
    const Record record = [&](Builder& builder, int64_t batch, int64_t rows) {
      compiled.insert(batch);
      sums_its_batch(builder, batch, rows);
    };
    Session session({.threads = 1, .cache_dir = ""});
    Trainer(session, {record, {count, rows_a_batch}}, first, last);
    return compiled;
  };
  using Batches = std::multiset<int64_t>;
  EXPECT_EQ(batches(1, 2, 11), Batches({4}));
  EXPECT_EQ(batches(1, 3, 11), Batches({4, 3}));
  EXPECT_EQ(batches(4, 5, 11), Batches({4}));
  EXPECT_EQ(batches(1, 9, 12), Batches({4}));
  EXPECT_EQ(batches(1, 9, 3), Batches({3}));
}

TEST(Trainer, OnPaperIsTheStepItself) {
  for (const Record& record : {Record(sums_its_batch), Record(gathers_and_sums)}) {
    Trained net(record);
    for (const int64_t step : {2, 3, 6}) {
      const Trainer::OnPaper paper = net.trainer.on_paper(step);
      EXPECT_EQ(interpret<float>(paper.graph, paper.inputs).at("sum").reals.front(), net.run(step)) << step;
    }
  }
}

TEST(Trainer, AsksForABatchAndALoss) {
  Session session({.threads = 1, .cache_dir = ""});
  io::error_of([&] { Trainer(session, {sums_its_batch, {0, 4}}, 1, 1); }, "0 rows are not one batch of 4");
  io::error_of([&] { Trainer(session, {sums_its_batch, {3, 4, Rest::left_out}}, 1, 1); }, "3 rows are not");
  const Record without = [](Builder& builder, int64_t batch, int64_t) {
    builder.output("x", builder.input("x", DType::f32, {batch}) + 1);
  };
  io::error_of([&] { Trainer(session, {without, {8, 4}}, 1, 1); }, "gives out no number");
  Trained net(sums_its_batch);
  io::error_of([&] { net.trainer.use(DataSet().table("x", {}, std::vector<float>(5))); }, "5 rows, not 11");
}

}  // namespace
}  // namespace cgan_jit::training
