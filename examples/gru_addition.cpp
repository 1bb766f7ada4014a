// A GRU learns to add numbers of five digits as one does by hand: from the last place on it reads a digit of
// each and says one of the sum. What is carried it finds out by itself.
#include <frontend/cgan_jit.h>

#include <cstdio>

using namespace cgan_jit;

/// i32 [n] below a million -> its digits, i32 [6, n], the last place first.
Tensor digits(const Tensor& number) {
  const Tensor x = cast(number, DType::f32);
  std::vector<Tensor> places;
  for (double one = 1; one < 1e6; one *= 10) places.push_back(floor(x / one) - 10 * floor(x / (10 * one)));
  return cast(stack(places), DType::i32);
}

int main() {
  constexpr int64_t batch = 64, hidden = 64;
  Builder program;
  const Tensor a = random_integers(program, 100000, {batch}), b = random_integers(program, 100000, {batch});
  const Tensor read = concat({one_hot(digits(a), 10), one_hot(digits(b), 10)}, 2);
  const Tensor states = GRU(program / "gru", 20, hidden)(cast(read, DType::f32)).output;
  const Tensor logits = Linear(program / "out", hidden, 10)(states);  // [6, batch, 10]
  const Tensor loss = cross_entropy(transpose(logits), digits(a + b));
  Adam{.lr = 0.003, .count = program.step()}.minimize(loss, program.trained());
  const Tensor right_digits = sum(cast(argmax(logits, 2) == digits(a + b), DType::i32), {0});
  program.output("right", mean(cast(right_digits == 6, DType::f32)));

  Session session({});
  const Session::ProgramId learn = session.add("learn", program.build());
  session.initialize(1);
  std::vector<uint32_t> seed{1}, step{1};
  session.bind(learn, "seed", seed);
  session.bind(learn, "step", step);
  double right = 0;  // of sums that were not learned from: each batch is a new one
  for (; step[0] <= 2000; ++step[0]) {
    if (step[0] % 250 == 1) right = 0;
    session.run(learn);
    right += *session.scalar_output(learn, "right") / 250;
    if (step[0] % 250 == 0) std::printf("step %4u  %6.2f %% of the sums are right\n", step[0], 100 * right);
  }
  return right > 0.99 ? 0 : 1;
}
