// A net of two layers learns sin(3 x) from 256 points, with Adam.
#include <frontend/cgan_jit.h>

#include <cmath>
#include <cstdio>

int main() {
  using namespace cgan_jit;
  Builder program;
  const Tensor x = program.input("x", DType::f32, {256, 1}), y = program.input("y", DType::f32, {256, 1});
  const Linear hidden(program / "hidden", 1, 64), out(program / "out", 64, 1);
  const Tensor loss = mse_loss(out(tanh(hidden(x))), y);
  Adam{.lr = 0.01}.minimize(loss, program.trained());
  program.output("loss", loss);

  Session session({});
  const Session::ProgramId step = session.add("regression", program.build());
  session.initialize(1);
  const std::vector<float> points = normal_values(1, 0, 256);
  std::vector<float> values;
  for (float point : points) values.push_back(std::sin(3 * point));
  session.bind(step, "x", points);
  session.bind(step, "y", values);
  for (int i = 1; i <= 2000; ++i) {
    session.run(step);
    if (i % 400 == 0) std::printf("step %4d  loss %.6f\n", i, *session.scalar_output(step, "loss"));
  }
  return *session.scalar_output(step, "loss") < 0.01f ? 0 : 1;
}
