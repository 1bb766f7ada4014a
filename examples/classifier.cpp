// An MLP learns to read the digits of a folder of IDX files: classifier data/mnist [steps]
#include <frontend/cgan_jit.h>
#include <io/idx.h>

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  using namespace cgan_jit;
  const io::ImageSet data =
      io::read_split(io::find_split(argc > 1 ? argv[1] : "data/mnist", io::Split::train));
  const int64_t pixels = int64_t{data.rows} * data.cols;
  Builder program;
  const Tensor images = program.input("images", DType::u8, {data.count, pixels});
  const Tensor labels = program.input("labels", DType::u8, {data.count});
  const Tensor rows = program.input("rows", DType::i32, {64});
  const Linear hidden(program / "hidden", pixels, 256), out(program / "out", 256, 10);
  const Tensor logits = out(relu(hidden(cast(embedding(images, rows), DType::f32) / 255)));
  const Tensor loss = cross_entropy(logits, cast(embedding(labels, rows), DType::i32));
  Adam{}.minimize(loss, program.trained());
  program.output("loss", loss);

  Session session({});
  const Session::ProgramId step = session.add("classifier", program.build());
  session.initialize(1);
  std::vector<int32_t> chosen(64);
  session.bind(step, "images", std::span<const uint8_t>(data.pixels));
  session.bind(step, "labels", std::span<const uint8_t>(data.labels));
  session.bind(step, "rows", std::span<const int32_t>(chosen));
  float mean = 0;
  for (int i = 1, steps = argc > 2 ? std::atoi(argv[2]) : 2000; i <= steps; ++i) {
    for (int32_t& row : chosen) row = static_cast<int32_t>(std::rand() % data.count);
    session.run(step);
    mean += (*session.scalar_output(step, "loss") - mean) / (i < 100 ? i : 100);
    if (i % 100 == 0) std::printf("step %5d  loss %.4f\n", i, mean);
  }
  return mean < 1.5f ? 0 : 1;
}
