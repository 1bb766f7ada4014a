// Ten digits in the terminal from a checkpoint of `cgan_jit train --preset pytorch-gan`: sample
// runs/0001/checkpoints/last
#include <frontend/cgan_jit.h>
#include <io/safetensors.h>
#include <models/cgan.h>

#include <cstdio>

int main(int argc, char** argv) {
  using namespace cgan_jit;
  if (argc < 2) return std::fprintf(stderr, "usage: sample CHECKPOINT\n"), 2;
  const models::CganConfig config{.n_classes = 10};
  const io::Safetensors checkpoint = io::read_safetensors(argv[1]);

  Session session({});
  const Session::ProgramId draw = session.add("sample", models::sampling(config, 10));
  for (const std::string& name : session.param_names())
    session.set_param_bytes(name, checkpoint.at(name).data);
  const std::vector<float> noise = normal_values(7, 0, 10 * config.latent_dim);
  const std::vector<int32_t> digits{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  session.bind(draw, "z", noise);
  session.bind(draw, "labels", digits);
  session.run(draw);
  const std::vector<float> images = session.output(draw, "images");
  for (size_t i = 0; i < images.size(); ++i) {
    std::fputs(images[i] < 0 ? " " : images[i] < 0.7f ? "+" : "#", stdout);
    if ((i + 1) % static_cast<size_t>(config.img_size) == 0) std::puts("");
  }
}
