#include "training/sample_grids.h"

#include "io/grid.h"
#include "training/checkpoint_folder.h"
#include "training/montage.h"
#include "training/step_files.h"

namespace cgan_jit::training {
namespace {

constexpr const char* picture_ending = ".png";

}  // namespace

SampleGrids::SampleGrids(const std::filesystem::path& run, GridShape shape, int64_t interval, Draw draw)
    : run_(run), folder_(run / "samples"), shape_(shape), interval_(interval), draw_(std::move(draw)) {}

void SampleGrids::begin(int64_t done) {
  io::remove_temporaries(folder_);
  remove_step_files_after(done, folder_, picture_ending);
}

// Drawn at once, with the params of this step.
void SampleGrids::after(int64_t step, io::ProgressLine&) {
  if (!is_due(step, interval_)) return;
  const std::filesystem::path file = folder_ / step_file_name(step, picture_ending);
  std::error_code unknown;
  if (!std::filesystem::exists(file, unknown)) write(file, draw_());
}

void SampleGrids::write(const std::filesystem::path& file, std::vector<float> values) {
  sync();
  io::make_folder(folder_);
  job_ = [shape = shape_, file, values = std::move(values)] {
    io::write_png(file, io::grid(values, shape.rows, shape.columns, shape.side, shape.side));
  };
  writing_ = std::async(job_);
}

void SampleGrids::sync() {
  if (!writing_.valid()) return;
  try {
    writing_.get();
  } catch (const io::WriteError&) {
    writing_ = std::async(std::launch::deferred, job_);
    throw;
  }
}

void SampleGrids::finish() {
  try {
    write_montage(run_, shape_.rows);
  } catch (const io::WriteError&) { throw; } catch (const Error& error) {
    throw Error("{}; no montage is made", error.what());
  }
}

}  // namespace cgan_jit::training
