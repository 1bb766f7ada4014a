#include "cli/run_pictures.h"

#include <fmt/format.h>

#include <map>

#include "cli/command.h"
#include "cli/evenly_chosen.h"
#include "cli/loss_chart.h"
#include "cli/pictures.h"
#include "cli/step_files.h"
#include "io/gif.h"
#include "io/grid.h"
#include "io/montage.h"
#include "io/process.h"

namespace cgan_jit::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t most_rows = 10, most_frames = 100;
constexpr int frame_time = 20, last_frame_time = 200;  // hundredths of a second

/// The grids of a run, each read when it is asked for; the first one says what size all have.
class Samples {
 public:
  explicit Samples(const fs::path& run) : files_(step_files(run / "samples", ".png")) {
    for (const auto& [step, file] : files_) steps_.push_back(step);
  }

  const std::vector<int64_t>& steps() const { return steps_; }

  /// Throws Error when that is no grid, or one of another size.
  io::Image grid(int64_t step) {
    const fs::path& file = files_.at(step);
    io::Image image = io::read_png(file);
    if (!io::grid_size(image, grid_rows))
      throw Error("{}: {} x {} pixels are no grid of samples", file.string(), image.width, image.height);
    if (width_ == 0) width_ = image.width, height_ = image.height;
    if (image.width != width_ || image.height != height_)
      throw Error("{}: {} x {} pixels among pictures of {} x {}", file.string(), image.width, image.height,
                  width_, height_);
    return image;
  }

 private:
  std::map<int64_t, fs::path> files_;
  std::vector<int64_t> steps_;
  int width_ = 0, height_ = 0;
};

io::Drawing montage_of(Samples& samples) {
  io::Montage montage{"Samples while training, the same noise at each step", "step", {}, {}};
  for (int64_t step : evenly_chosen(samples.steps(), most_rows)) {
    const io::Image grid = samples.grid(step);
    if (montage.rows.empty()) {
      for (int label = 0; label < io::grid_size(grid, grid_rows)->columns; ++label)
        montage.columns.push_back(std::to_string(label));
    }
    montage.rows.push_back({std::to_string(step), io::grid_row(grid, grid_rows, 0)});
  }
  return io::montage(std::move(montage));
}

std::vector<std::byte> animation_of(Samples& samples) {
  const std::vector<int64_t> steps = evenly_chosen(samples.steps(), most_frames);
  const io::Image first = samples.grid(steps.front());
  io::Gif gif(first.width, first.height);
  for (int64_t step : steps) gif.add(samples.grid(step), step == steps.back() ? last_frame_time : frame_time);
  return std::move(gif).finish();
}

int draw_pictures(const fs::path& run) {
  std::error_code unknown;
  if (!fs::is_directory(run, unknown)) throw Error("{}: there is no such folder", run.string());
  const bool has_losses = fs::exists(run / "losses.csv", unknown);
  const size_t grids = write_run_pictures(run);
  if (!has_losses && grids == 0)
    throw Error("{}: holds no run: neither losses.csv nor pictures in samples/", run.string());
  if (has_losses) write_loss_charts(run);
  fmt::print("{}: {}{}\n", run.string(), has_losses ? "losses.svg, losses.png, " : "",
             grids > 0 ? fmt::format("montage.svg, montage.png, samples.gif ({} pictures in samples/)", grids)
                       : "no montage (no pictures in samples/)");
  return 0;
}

}  // namespace

size_t write_run_pictures(const fs::path& run) {
  Samples samples(run);
  if (samples.steps().empty()) return 0;
  io::write_drawing(run / "montage", montage_of(samples));
  io::write_file(run / "samples.gif", animation_of(samples));
  return samples.steps().size();
}

void write_run_pictures_or_warn(const fs::path& run) {
  try {
    write_run_pictures(run);
  } catch (const io::WriteError&) { throw; } catch (const Error& error) {
    io::say(stderr, fmt::format("cgan_jit: warning: {}; no montage is made\n", error.what()));
  }
}

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
