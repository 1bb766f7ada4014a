#include "training/feed.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "frontend/cgan_jit.h"
#include "ir/interpret.h"
#include "tests/io/files.h"

namespace cgan_jit::training {
namespace {

using io::error_of;

constexpr int64_t rows = 7, width = 3;

/// Row r is 10 r, 10 r + 1, 10 r + 2, and its label r.
DataSet numbered_rows() {
  std::vector<float> x;
  std::vector<uint8_t> labels;
  for (int row = 0; row < rows; ++row) {
    for (int i = 0; i < width; ++i) x.push_back(static_cast<float>(10 * row + i));
    labels.push_back(static_cast<uint8_t>(row));
  }
  return DataSet()
      .table("x", {width}, x)
      .table("labels", {}, labels)
      .constant("scale", {}, std::vector{2.0f});
}

std::vector<float> rows_of_x(const std::vector<int32_t>& indices) {
  std::vector<float> values;
  for (int32_t row : indices) {
    for (int i = 0; i < width; ++i) values.push_back(static_cast<float>(2 * (10 * row + i)));
  }
  return values;
}

/// Gives out the batch it reads, twice as large, and its labels.
using Program = std::function<void(Builder&, int64_t batch)>;

void echo(Builder& builder, const Tensor& x, const Tensor& labels) {
  builder.output("x", x * builder.input("scale", DType::f32, {}));
  builder.output("labels", cast(labels, DType::f32));
}

void reads_batches(Builder& builder, int64_t batch) {
  echo(builder, builder.input("x", DType::f32, {batch, width}), builder.input("labels", DType::u8, {batch}));
}

void gathers_itself(Builder& builder, int64_t batch) {
  const Tensor indices = builder.input("indices", DType::i32, {batch});
  echo(builder, embedding(builder.input("x", DType::f32, {rows, width}), indices),
       embedding(builder.input("labels", DType::u8, {rows}), indices));
}

/// A session with one program of a batch.
struct Fed {
  Session session;
  Session::ProgramId id;
  Feed feed;

  Fed(const Program& program, int64_t batch, uint32_t seed = 1)
      : session(SessionOptions{.threads = 1, .cache_dir = ""}),
        id(add(program, batch)),
        feed(numbered_rows(), seed, rows) {
    feed.bind(session, id, batch);
  }
  Session::ProgramId add(const Program& program, int64_t batch) {
    Builder builder;
    program(builder, batch);
    return session.add("program", builder.build());
  }
  std::vector<float> run(const std::vector<int32_t>& indices, uint32_t step, const char* output) {
    feed.next(indices, step);
    session.run(id);
    return session.output(id, output);
  }
};

TEST(Feed, GivesTheStepsRowsToBothKindsOfInputs) {
  for (const Program& program : {Program(reads_batches), Program(gathers_itself)}) {
    Fed three(program, 3);
    for (const std::vector<int32_t>& indices : {std::vector<int32_t>{6, 0, 3}, {1, 1, 2}, {0, 1, 2}}) {
      EXPECT_EQ(three.run(indices, 1, "x"), rows_of_x(indices));
      EXPECT_EQ(three.run(indices, 1, "labels"), std::vector<float>(indices.begin(), indices.end()));
    }
  }
}

// The whole table as one batch is in the order of the step all the same.
TEST(Feed, GivesAWholeTableInTheStepsOrder) {
  const std::vector<int32_t> backwards = {6, 5, 4, 3, 2, 1, 0};
  for (const Program& program : {Program(reads_batches), Program(gathers_itself)})
    EXPECT_EQ(Fed(program, rows).run(backwards, 1, "x"), rows_of_x(backwards));
}

TEST(Feed, BindsWholeTablesWithoutIndices) {
  Fed fed(
      [](Builder& builder, int64_t) {
        echo(builder, builder.input("x", DType::f32, {rows, width}),
             builder.input("labels", DType::u8, {rows}));
      },
      3);
  EXPECT_EQ(fed.run({6, 0, 3}, 1, "x"), rows_of_x({0, 1, 2, 3, 4, 5, 6}));
}

TEST(Feed, MergesARowsExtents) {
  Fed fed(
      [](Builder& builder, int64_t batch) {
        echo(builder, reshape(builder.input("x", DType::f32, {batch * width}), {batch, width}),
             builder.input("labels", DType::u8, {batch}));
      },
      2);
  EXPECT_EQ(fed.run({4, 2}, 1, "x"), rows_of_x({4, 2}));
}

TEST(Feed, FillsSeedAndStep) {
  Fed fed(
      [](Builder& builder, int64_t) {
        builder.output("its seed", builder.seed());
        builder.output("its step", builder.step());
      },
      1, 5);
  const auto number = [&](const char* output) {
    uint32_t value = 0;
    std::memcpy(&value, fed.session.output_bytes(fed.id, output).data(), sizeof value);
    return value;
  };
  for (uint32_t step : {1u, 2u, 0xffffffffu}) {
    fed.feed.next(std::vector<int32_t>{0}, step);
    fed.session.run(fed.id);
    EXPECT_EQ(number("its seed"), 5u);
    EXPECT_EQ(number("its step"), step);
  }
}

TEST(Feed, ProgramsOfOtherSizesShareAFeed) {
  Fed fed(reads_batches, 3);
  const auto two = fed.add(reads_batches, 2);
  fed.feed.bind(fed.session, two, 2);
  EXPECT_EQ(fed.run({5, 6, 4}, 1, "x"), rows_of_x({5, 6, 4}));
  fed.feed.next(std::vector<int32_t>{1, 3}, 2);
  fed.session.run(two);
  EXPECT_EQ(fed.session.output(two, "x"), rows_of_x({1, 3}));
}

TEST(Feed, RefusesInputsThatTheDataDoNotHave) {
  const auto refused = [](const std::string& name, DType dtype, const Shape& shape,
                          const std::string& because) {
    error_of(
        [&] {
          Fed(
              [&](Builder& builder, int64_t) {
                builder.output("out", cast(builder.input(name, dtype, shape), DType::f32) + 1);
              },
              3);
        },
        because);
  };
  refused("y", DType::f32, {3},
          "input 'y' f32[3]: the data set has no such values; it has x f32[3], labels u8[]");
  refused("x", DType::f32, {4, width}, "input 'x' is f32[4,3], no 3 rows of f32[3]");
  refused("x", DType::f32, {9, 1}, "input 'x' is f32[9,1]");
  refused("x", DType::i32, {3, width}, "input 'x' is i32[3,3]");
  refused("scale", DType::f32, {2}, "input 'scale' is f32[2], the constant f32[]");
  refused("step", DType::i32, {}, "input 'step' is i32[], but the training fills u32[]");
  refused("indices", DType::i32, {2}, "input 'indices' is i32[2], but the training fills i32[3]");
  error_of(
      [&] {
        Fed(
            [](Builder& builder, int64_t batch) {
              builder.input("indices", DType::i32, {batch});
              reads_batches(builder, batch);
              builder.output("i", cast(builder.input("indices", DType::i32, {batch}), DType::f32));
            },
            3);
      },
      "a program with 'indices' reads whole tables");
}

// Law: what the interpreter is given is what the machine reads, also when the program was recorded for a
// table of the batch alone.
TEST(Feed, OnPaperIsTheSame) {
  const std::vector<int32_t> indices = {6, 0, 3};
  const auto on_paper = [&](const Graph& graph) {
    return interpret<float>(graph, inputs_on_paper(graph, numbered_rows(), 1, indices, 4)).at("x").reals;
  };
  for (const Program& program : {Program(reads_batches), Program(gathers_itself)}) {
    Builder builder;
    program(builder, 3);
    EXPECT_EQ(on_paper(builder.build()), rows_of_x(indices));
  }
  Builder alone;
  const Tensor batch = alone.input("indices", DType::i32, {3});
  echo(alone, embedding(alone.input("x", DType::f32, {3, width}), batch),
       embedding(alone.input("labels", DType::u8, {3}), batch));
  EXPECT_EQ(on_paper(alone.build()), rows_of_x(indices));
}

}  // namespace
}  // namespace cgan_jit::training
