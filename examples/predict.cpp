// Reads MNIST's test digits with the net that the example `classifier` has trained: predict
// runs/digits/checkpoints/last data/mnist
#include <frontend/cgan_jit.h>
#include <io/idx.h>
#include <training/predictor.h>

#include <cstdio>

using namespace cgan_jit;

Tensor digits_of(Builder& net, const Tensor& images) {
  const Tensor features = Conv2d(net / "0", 1, 8, 5)(cast(images, DType::f32) / 255);
  const Tensor scores = Linear(net / "4", 8 * 12 * 12, 10)(flatten(relu(max_pool2d(features, 2)), 1));
  return cast(argmax(scores, 1), DType::f32);
}

int main(int argc, char** argv) {
  if (argc < 3) return std::fprintf(stderr, "usage: predict CHECKPOINT DATA\n"), 2;
  const io::ImageSet test = io::read_split(io::find_split(argv[2], io::Split::test));
  const std::vector<float> digits =
      training::Predictor(digits_of, {DType::u8, {1, 28, 28}}, argv[1])(test.pixels);
  int right = 0;
  for (size_t i = 0; i < digits.size(); ++i) right += digits[i] == test.labels[i];
  return std::printf("%d of %zu digits read right\n", right, digits.size()), right > 5000 ? 0 : 1;
}
