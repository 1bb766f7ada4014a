#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "frontend/cgan_jit.h"
#include "ir/loops.h"

// The law: what a program of a session becomes, and what it computes, does not depend on which programs over
// the same params were added before it.

namespace cgan_jit {
namespace {

/// A step of training of a language model in small: the embedding's table is the last layer's weight, too.
Graph training(int64_t batch) {
  Builder builder;
  const Tensor words = builder.input("words", DType::i32, {batch});
  const Tensor next = builder.input("next", DType::i32, {batch});
  const Embedding table(builder / "table", 20, 36);
  const Linear hidden(builder / "hidden", 36, 36);
  const Tensor features = tanh(hidden(table(words)));
  const Tensor loss = cross_entropy(matmul(features, transpose(table.weight)), next);
  Adam{}.minimize(loss, builder.trained());
  builder.output("loss", loss);
  return builder.build();
}

/// Only the biases: they are all that this program says of how things lie.
Graph shift_of_biases() {
  Builder builder;
  const Tensor scores = builder.input("scores", DType::f32, {48, 36});
  const Linear hidden(builder / "hidden", 36, 36);
  const Tensor loss = mean(tanh(scores + hidden.bias));
  SGD{.lr = 0.5}.minimize(loss, {hidden.bias});
  builder.output("loss", loss);
  return builder.build();
}

/// Looks rows of the hidden layer's weight up, as if it were a table.
Graph rows_of_weight() {
  Builder builder;
  const Tensor rows = builder.input("rows", DType::i32, {16});
  const Linear hidden(builder / "hidden", 36, 36);
  const Tensor loss = mean(tanh(embedding(hidden.weight, rows)));
  SGD{.lr = 0.5}.minimize(loss, {hidden.weight});
  builder.output("loss", loss);
  return builder.build();
}

std::string kernels_of(const LoweredProgram& program) {
  std::string text;
  for (const LoweredKernel& kernel : program.kernels) text += kernel.name + "\n" + loop::print(kernel.loops);
  return text;
}

struct Made {
  std::vector<std::string> kernels;                      // of each program
  std::map<std::string, std::vector<std::byte>> params;  // after two runs of each
  bool operator==(const Made&) const = default;
};

Made made_in_order(const std::vector<size_t>& order) {
  const std::vector<std::function<Graph()>> programs = {[] { return training(32); }, shift_of_biases,
                                                        rows_of_weight};
  SessionOptions options;
  options.threads = 2;
  options.cache_dir = "";
  Session session(options);
  std::vector<int32_t> words(32), next(32), rows(16);
  for (size_t i = 0; i < words.size(); ++i)
    words[i] = static_cast<int32_t>(i * 7 % 20), next[i] = (words[i] + 3) % 20;
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<int32_t>(i * 5 % 36);
  const std::vector<float> scores = normal_values(2, 0, 48 * 36);
  std::vector<Session::ProgramId> ids(programs.size());
  for (size_t which : order) ids[which] = session.add("program", programs[which]());
  session.bind(ids[0], "words", words);
  session.bind(ids[0], "next", next);
  session.bind(ids[1], "scores", scores);
  session.bind(ids[2], "rows", rows);

  Made made;
  for (const std::string& name : session.param_names()) {
    if (session.param_type(name).dtype != DType::f32) continue;
    const auto count = static_cast<size_t>(element_count(session.param_type(name).shape));
    std::vector<float> values = normal_values(3, static_cast<uint32_t>(count), static_cast<int64_t>(count));
    for (float& value : values) value = name.ends_with("v") ? value * value : 0.1f * value;
    session.set_param(name, values);
  }
  for (size_t which = 0; which < ids.size(); ++which) {
    made.kernels.push_back(kernels_of(session.lowered(ids[which])));
    session.run(ids[which]);
    session.run(ids[which]);
  }
  for (const std::string& name : session.param_names()) made.params[name] = session.param_bytes(name);
  return made;
}

TEST(ProgramOrder, ChangesNeitherKernelsNorBits) {
  std::vector<size_t> order{0, 1, 2};
  const Made expected = made_in_order(order);
  while (std::next_permutation(order.begin(), order.end())) {
    const Made made = made_in_order(order);
    EXPECT_EQ(made.kernels, expected.kernels);
    EXPECT_EQ(made.params, expected.params);
  }
}

/// Every product of a second program is tiled as if it were the first.
TEST(ProgramOrder, LeavesASecondProgramItsTiles) {
  SessionOptions options;
  options.cache_dir = "";
  Session first(options), second(options);
  second.add("biases", shift_of_biases());
  EXPECT_EQ(kernels_of(first.lowered(first.add("training", training(64)))),
            kernels_of(second.lowered(second.add("training", training(64)))));
}

}  // namespace
}  // namespace cgan_jit
