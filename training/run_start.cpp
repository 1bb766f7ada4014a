#include "training/run_start.h"

#include "training/checkpoint_folder.h"

namespace cgan_jit::training {
namespace {

namespace fs = std::filesystem;

bool has_config(const fs::path& run) {
  std::error_code unknown;
  return fs::exists(config_file(run), unknown);
}

std::string text_of(const fs::path& file) {
  const std::vector<std::byte> bytes = io::read_file(file);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

fs::path config_file(const fs::path& run) { return run / "config.json"; }

RunStart new_run(io::RunFolder folder) { return {std::move(folder), {}, {}}; }

RunStart resumed_run(const fs::path& run) {
  io::RunFolder folder = io::RunFolder::found(run);
  if (!has_config(run)) throw Error("{}: holds no run: it has no config.json", run.string());
  RunStart start{std::move(folder), text_of(config_file(run)), {}};
  if (const auto last = find_last_checkpoint(run)) start.from = read_checkpoint(*last);
  return start;
}

RunStart new_or_resumed_run(const fs::path& run) {
  return has_config(run) ? resumed_run(run) : new_run(io::RunFolder::fresh(run));
}

}  // namespace cgan_jit::training
