// A convolutional net learns to read the digits of a folder of IDX files, with a log of its losses, and goes
// on where it stopped: classifier data/mnist runs/digits 2000
#include <frontend/cgan_jit.h>
#include <training/evaluation.h>
#include <training/run.h>

#include <cstdio>
#include <cstdlib>

using namespace cgan_jit;

void record(Builder& program, int64_t batch, int64_t) {
  const Tensor images = program.input("images", DType::u8, {batch, 1, 28, 28});
  const Tensor labels = program.input("labels", DType::u8, {batch});
  Sequential net(program);
  net.add<Conv2d>(1, 8, 5);
  net.add<MaxPool2d>();
  net.add<ReLU>();
  net.add<Flatten>();
  net.add<Linear>(8 * 12 * 12, 10);
  const Tensor loss = cross_entropy(net(cast(images, DType::f32) / 255), cast(labels, DType::i32));
  Adam{.lr = 0.002, .count = program.step()}.minimize(loss, program.trained());
  program.output("loss", loss);
}

int main(int argc, char** argv) {
  if (argc < 4) return std::fprintf(stderr, "usage: classifier DATA RUN STEPS\n"), 2;
  const auto digits = [&](io::Split split) {
    return training::picture_set(io::read_split(io::find_split(argv[1], split)));
  };
  Session session({});
  training::RunPlan plan{.record = record, .data = digits(io::Split::train), .steps = std::atoi(argv[3])};
  plan.checkpoint_interval = 10;
  training::Run(session, training::new_or_resumed_run(argv[2]), plan).train();
  training::Evaluation test(session, record, digits(io::Split::test), 100, 1);
  const float loss = test.run()->front();
  std::printf("loss of the test images: %.4f\n", loss);
  return loss < 2.3f ? 0 : 1;  // who guesses has log(10)
}
