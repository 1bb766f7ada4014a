#include "cli/picture_writer.h"

#include "cli/pictures.h"
#include "cli/step_files.h"
#include "io/grid.h"

namespace cgan_jit::cli {

PictureWriter::PictureWriter(const std::filesystem::path& run, int columns, int side)
    : folder_(run / "samples"), columns_(columns), side_(side) {}

std::filesystem::path PictureWriter::file(int64_t step) const {
  return folder_ / step_file_name(step, ".png");
}

bool PictureWriter::has(int64_t step) const {
  std::error_code unknown;
  return std::filesystem::exists(file(step), unknown);
}

void PictureWriter::write(int64_t step, std::vector<float> values) {
  wait();
  io::make_folder(folder_);
  job_ = [this, file = file(step), values = std::move(values)] {
    io::write_png(file, io::grid(values, grid_rows, columns_, side_, side_));
  };
  writing_ = std::async(job_);
}

void PictureWriter::wait() {
  if (!writing_.valid()) return;
  try {
    writing_.get();
  } catch (const io::WriteError&) {
    writing_ = std::async(std::launch::deferred, job_);
    throw;
  }
}

}  // namespace cgan_jit::cli
