#include "cli/loss_chart.h"

#include <cstdio>
#include <fstream>

#include "io/plot.h"
#include "ir/error.h"
#include "ir/excerpt.h"

namespace cgan_jit::cli {
namespace {

namespace fs = std::filesystem;

struct LossCurves {
  io::Curve d{"discriminator", {}, {}}, g{"generator", {}, {}};
};

/// None of a file that is not there.
LossCurves read_curves(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  LossCurves curves;
  for (int number = 2; std::getline(file, line); ++number) {
    double step = 0, epoch = 0, d_loss = 0, g_loss = 0;
    if (std::sscanf(line.c_str(), "%lf,%lf,%lf,%lf", &step, &epoch, &d_loss, &g_loss) != 4) {
      throw Error("{}:{}: no line of losses: {}", path.string(), number, excerpt(line));
    }
    curves.d.x.push_back(step);
    curves.d.y.push_back(d_loss);
    curves.g.x.push_back(step);
    curves.g.y.push_back(g_loss);
  }
  return curves;
}

void draw(const fs::path& stem, const char* title, const LossCurves& curves) {
  io::write_drawing(stem, io::line_chart({title, "step", "loss", {curves.d, curves.g}}));
}

}  // namespace

void write_loss_charts(const fs::path& run) {
  draw(run / "losses", "Losses while training", read_curves(run / "losses.csv"));
  write_test_loss_chart(run);
}

void write_test_loss_chart(const fs::path& run) {
  const LossCurves curves = read_curves(run / "test_losses.csv");
  if (!curves.d.x.empty()) draw(run / "test_losses", "Losses of the test images", curves);
}

}  // namespace cgan_jit::cli
