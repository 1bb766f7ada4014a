// Reads MNIST's test digits with the net that the example `classifier` has trained: predict
// runs/digits/checkpoints/last data/mnist
#include <frontend/cgan_jit.h>
#include <io/idx.h>
#include <training/predictor.h>

#include <cstdio>

using namespace cgan_jit;

Tensor digits_of(Builder& program, const Tensor& images) {
  Sequential net(program);
  net.add<Conv2d>(1, 8, 5);
  net.add<MaxPool2d>();
  net.add<ReLU>();
  net.add<Flatten>();
  net.add<Linear>(8 * 12 * 12, 10);
  return cast(argmax(net(cast(images, DType::f32) / 255), 1), DType::f32);
}

int main(int argc, char** argv) {
  if (argc < 3) return std::fprintf(stderr, "usage: predict CHECKPOINT DATA\n"), 2;
  const io::ImageSet test = io::read_split(io::find_split(argv[2], io::Split::test));
  training::Predictor read(digits_of, {DType::u8, {1, test.rows, test.cols}}, argv[1]);
  const std::vector<float> digits = read(test.pixels);
  int right = 0;
  for (size_t i = 0; i < digits.size(); ++i) right += digits[i] == test.labels[i];
  std::printf("%d of %zu digits read right\n", right, digits.size());
  return right > 5000 ? 0 : 1;
}
