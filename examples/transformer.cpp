// A transformer of four layers learns a text, character by character, and goes on with it: transformer
// docs/DESIGN.md runs/design 1500
#include <frontend/cgan_jit.h>
#include <training/predictor.h>
#include <training/run.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>

using namespace cgan_jit;

constexpr int64_t context = 64, width = 64;

/// u8 [n, context] -> logits [n, context, 256] of the character behind each one.
Tensor successors(Builder& program, const Tensor& text) {
  const Tensor later = program.iota(1, {context, context}) > program.iota(0, {context, context});
  Tensor x = Embedding(program / "character", 256, width)(text) +
             Embedding(program / "position", context, width)(arange(program, context));
  for (const char* name : {"layer1", "layer2", "layer3", "layer4"}) {
    const TransformerEncoderLayer layer(program / name, width, 4,
                                        {.dim_feedforward = 4 * width, .dropout = 0, .batch_first = true});
    x = layer(x, {.attn_mask = later});
  }
  return Linear(program / "out", width, 256)(x);
}

void record(Builder& program, int64_t batch, int64_t rows) {
  const Tensor text = program.input("text", DType::u8, {rows});
  const Tensor begin = program.input("indices", DType::i32, {batch});
  const Tensor at = unsqueeze(begin, 1) + arange(program, context);  // behind the text stand zeros
  const Tensor loss =
      cross_entropy(transpose(successors(program, embedding(text, at))), embedding(text, at + 1));
  Adam{.lr = 0.002, .count = program.step()}.minimize(loss, program.trained());
  program.output("loss", loss);
}

int main(int argc, char** argv) {
  if (argc < 4) return std::fprintf(stderr, "usage: transformer TEXT RUN STEPS\n"), 2;
  std::ifstream file(argv[1], std::ios::binary);
  std::vector<uint8_t> text(std::istreambuf_iterator<char>(file), {});
  Session session({});
  const training::DataSet data = training::DataSet("characters").table("text", {}, text);
  training::RunPlan plan{.record = record, .data = data, .batch_size = 32, .steps = std::atoi(argv[3])};
  training::Run run(session, training::new_or_resumed_run(argv[2]), plan);
  run.train();

  const auto likely = [](Builder& program, const Tensor& x) {
    return softmax(slice(successors(program, x), 1, context - 1, context) / 0.7, 2);
  };
  training::Predictor next(likely, {DType::u8, {context}}, run.folder() / "checkpoints/last");
  std::mt19937 random;
  text.resize(context);
  for (int i = 0; i < 500; ++i) {
    const std::vector<float> p = next(text);
    std::shift_left(text.begin(), text.end(), 1);
    std::putchar(text.back() = std::discrete_distribution<int>(p.begin(), p.end())(random));
  }
}
