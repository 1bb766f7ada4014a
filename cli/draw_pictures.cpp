#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/gan.h"
#include "cli/pictures.h"
#include "training/montage.h"

namespace cgan_jit::cli {
namespace {

namespace fs = std::filesystem;

int draw_pictures(const fs::path& run) {
  std::error_code unknown;
  if (!fs::is_directory(run, unknown)) throw Error("{}: there is no such folder", run.string());
  const bool has_losses = fs::exists(training::losses_file(run), unknown);
  const size_t grids = training::write_montage(run, grid_rows);
  if (!has_losses && grids == 0)
    throw Error("{}: holds no run: neither losses.csv nor pictures in samples/", run.string());
  training::write_loss_chart(run, gan_losses());
  training::write_test_loss_chart(run, gan_losses());
  fmt::print("{}: {}{}\n", run.string(), has_losses ? "losses.svg, losses.png, " : "",
             grids > 0 ? fmt::format("montage.svg, montage.png, samples.gif ({} pictures in samples/)", grids)
                       : "no montage (no pictures in samples/)");
  return 0;
}

}  // namespace

Command add_pictures(CLI::App& app) {
  auto run = std::make_shared<fs::path>();
  app.add_option("--run", *run,
                 "a run's folder; its samples/ become montage.png, montage.svg and samples.gif in "
                 "it, its losses.csv losses.svg and losses.png")
      ->type_name("DIR")
      ->required();
  return [run] { return draw_pictures(*run); };
}

}  // namespace cgan_jit::cli
