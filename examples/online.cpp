// A host that learns while it works: each measurement is predicted, then learned from, in its own loop.
#include <frontend/cgan_jit.h>

#include <cmath>
#include <cstdio>

int main() {
  using namespace cgan_jit;
  Builder learning, answering(Mode::eval);
  const auto model = [](Builder& builder) {
    return Linear(builder / "out", 16,
                  1)(tanh(Linear(builder / "in", 2, 16)(builder.input("x", DType::f32, {1, 2}))));
  };
  const Tensor loss = mse_loss(model(learning), learning.input("y", DType::f32, {1, 1}));
  SGD{.lr = 0.05}.minimize(loss, learning.trained());
  answering.output("answer", model(answering));

  Session session({.threads = 1});
  const Session::ProgramId learn = session.add("learn", learning.build());
  const Session::ProgramId answer = session.add("answer", answering.build());
  session.initialize(1);
  std::vector<float> x(2), y(1);
  session.bind(learn, "x", x);
  session.bind(learn, "y", y);
  session.bind(answer, "x", x);
  double error = 1;
  for (int t = 0; t < 20000; ++t) {
    x = {static_cast<float>(std::sin(0.1 * t)), static_cast<float>(std::cos(0.37 * t))};
    session.run(answer);
    y[0] = x[0] * x[1];  // what was measured in the end
    const double missed = std::abs(session.output(answer, "answer")[0] - y[0]);
    error += 0.001 * (missed - error);
    session.run(learn);
  }
  std::printf("mean error of late answers %.4f\n", error);
  return error < 0.1 ? 0 : 1;
}
