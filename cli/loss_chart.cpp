#include "cli/loss_chart.h"

#include <cstdio>
#include <fstream>

#include "io/plot.h"
#include "ir/error.h"
#include "ir/excerpt.h"

namespace cgan_jit::cli {

void write_loss_chart(const std::filesystem::path& run) {
  const std::filesystem::path path = run / "losses.csv";
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  io::Curve d{"discriminator", {}, {}}, g{"generator", {}, {}};
  for (int number = 2; std::getline(file, line); ++number) {
    double step = 0, epoch = 0, d_loss = 0, g_loss = 0;
    if (std::sscanf(line.c_str(), "%lf,%lf,%lf,%lf", &step, &epoch, &d_loss, &g_loss) != 4) {
      throw Error("{}:{}: no line of losses: {}", path.string(), number, excerpt(line));
    }
    d.x.push_back(step);
    d.y.push_back(d_loss);
    g.x.push_back(step);
    g.y.push_back(g_loss);
  }
  io::write_drawing(run / "losses", io::line_chart({"Losses while training", "step", "loss", {d, g}}));
}

}  // namespace cgan_jit::cli
