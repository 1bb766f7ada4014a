// A DCGAN (Radford et al. 2016) learns to draw the digits of a folder of IDX files; what it draws on the way
// is in RUN/samples: dcgan data/mnist runs/dcgan 4690
#include <frontend/cgan_jit.h>
#include <training/run.h>
#include <training/sample_grids.h>

#include <cstdio>
#include <cstdlib>

using namespace cgan_jit;

constexpr int64_t noise = 64;
const ConvTransposeOptions enlarge{.stride = 2, .padding = 1};
const ConvOptions reduce{.stride = 2, .padding = 1};

/// Noise [n, noise, 1, 1] -> pictures [n, 1, 28, 28] in [-1, 1].
Sequential generator(Builder& program) {
  Sequential net(program / "generator");
  net.add<ConvTranspose2d>(noise, 128, 7);
  net.add<BatchNorm2d>(128);
  net.add<ReLU>();
  net.add<ConvTranspose2d>(128, 64, 4, enlarge);
  net.add<BatchNorm2d>(64);
  net.add<ReLU>();
  net.add<ConvTranspose2d>(64, 1, 4, enlarge);
  net.add<Tanh>();
  return net;
}

/// Pictures -> logits [n, 1, 1, 1] of their being real.
Sequential discriminator(Builder& program) {
  Sequential net(program / "discriminator");
  net.add<Conv2d>(1, 32, 4, reduce);
  net.add<LeakyReLU>(0.2f);
  net.add<Conv2d>(32, 64, 4, reduce);
  net.add<BatchNorm2d>(64);
  net.add<LeakyReLU>(0.2f);
  net.add<Conv2d>(64, 1, 7);
  return net;
}

void record(Builder& program, int64_t batch, int64_t) {
  const Tensor images = program.input("images", DType::u8, {batch, 1, 28, 28});
  const Sequential draw = generator(program), judge = discriminator(program);
  const Tensor real = judge(cast(images, DType::f32) / 127.5 - 1);
  const Tensor fake = judge(draw(random_normal(program, {batch, noise, 1, 1})));
  const Tensor d_loss = bce_with_logits_loss(real, 1) + bce_with_logits_loss(fake, 0);
  const Tensor g_loss = bce_with_logits_loss(fake, 1);
  const Adam adam{.lr = 0.0002, .b1 = 0.5, .count = program.step()};
  adam.minimize(d_loss, program.trained("discriminator"));
  adam.minimize(g_loss, program.trained("generator"));
  program.output("d_loss", d_loss);
  program.output("g_loss", g_loss);
}

int main(int argc, char** argv) {
  if (argc < 4) return std::fprintf(stderr, "usage: dcgan DATA RUN STEPS\n"), 2;
  const training::DataSet digits =
      training::picture_set(io::read_split(io::find_split(argv[1], io::Split::train)));
  Session session({});
  training::Run run(session, training::new_or_resumed_run(argv[2]),
                    {.record = record, .data = digits, .steps = std::atoi(argv[3])});

  Builder drawing(Mode::eval);
  drawing.output("drawn", generator(drawing)(drawing.input("z", DType::f32, {64, noise, 1, 1})));
  const Session::ProgramId draw = session.add("draw", drawing.build());
  const std::vector<float> z = normal_values(1, 0, 64 * noise);
  session.bind(draw, "z", z);
  run.add(std::make_unique<training::SampleGrids>(argv[2], training::GridShape{8, 8, 28}, 469, [&] {
    session.run(draw);
    return session.output(draw, "drawn");
  }));
  run.train();
}
