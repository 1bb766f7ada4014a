// Fits y = 3 x + 1: what an outsider's first program looks like.
#include <frontend/cgan_jit.h>

#include <cstdio>

int main() {
  using namespace cgan_jit;
  Builder program;
  const Tensor x = program.input("x", DType::f32, {64, 1});
  const Linear line(program, 1, 1);
  const Tensor loss = mse_loss(line(x), 3 * x + 1);
  SGD{.lr = 0.1}.minimize(loss, program.trained());
  program.output("loss", loss);

  Session session({.threads = 1});
  const Session::ProgramId step = session.add("regression", program.build());
  session.initialize(1);
  const std::vector<float> points = normal_values(1, 0, 64);
  session.bind(step, "x", points);
  for (int i = 0; i < 200; ++i) session.run(step);

  const float left = *session.scalar_output(step, "loss");
  std::printf("loss %g, weight %g, bias %g\n", left, session.param("weight")[0], session.param("bias")[0]);
  return left < 1e-6f ? 0 : 1;
}
