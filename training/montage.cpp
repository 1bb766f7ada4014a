#include "training/montage.h"

#include <fmt/format.h>

#include <map>

#include "io/gif.h"
#include "io/grid.h"
#include "io/montage.h"
#include "training/evenly_chosen.h"
#include "training/step_files.h"

namespace cgan_jit::training {
namespace {

namespace fs = std::filesystem;

constexpr size_t most_rows = 10, most_frames = 100;
constexpr int frame_time = 20, last_frame_time = 200;  // hundredths of a second

/// The grids of a run, each read when it is asked for; the first one says what size all have.
class Samples {
 public:
  Samples(const fs::path& run, int grid_rows)
      : grid_rows_(grid_rows), files_(step_files(run / "samples", ".png")) {
    for (const auto& [step, file] : files_) steps_.push_back(step);
  }

  const std::vector<int64_t>& steps() const { return steps_; }
  int grid_rows() const { return grid_rows_; }

  /// Throws Error when that is no grid, or one of another size.
  io::Image grid(int64_t step) {
    const fs::path& file = files_.at(step);
    io::Image image = io::read_png(file);
    if (!io::grid_size(image, grid_rows_))
      throw Error("{}: {} x {} pixels are no grid of samples", file.string(), image.width, image.height);
    if (width_ == 0) width_ = image.width, height_ = image.height;
    if (image.width != width_ || image.height != height_)
      throw Error("{}: {} x {} pixels among pictures of {} x {}", file.string(), image.width, image.height,
                  width_, height_);
    return image;
  }

 private:
  int grid_rows_;
  std::map<int64_t, fs::path> files_;
  std::vector<int64_t> steps_;
  int width_ = 0, height_ = 0;
};

io::Drawing montage_of(Samples& samples) {
  io::Montage montage{"Samples while training, the same noise at each step", "step", {}, {}};
  for (int64_t step : evenly_chosen(samples.steps(), most_rows)) {
    const io::Image grid = samples.grid(step);
    if (montage.rows.empty()) {
      for (int label = 0; label < io::grid_size(grid, samples.grid_rows())->columns; ++label)
        montage.columns.push_back(std::to_string(label));
    }
    montage.rows.push_back({std::to_string(step), io::grid_row(grid, samples.grid_rows(), 0)});
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

}  // namespace

size_t write_montage(const fs::path& run, int grid_rows) {
  Samples samples(run, grid_rows);
  if (samples.steps().empty()) return 0;
  io::write_drawing(run / "montage", montage_of(samples));
  io::write_file(run / "samples.gif", animation_of(samples));
  return samples.steps().size();
}

}  // namespace cgan_jit::training
