#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <charconv>
#include <limits>
#include <optional>

#include "cli/command.h"
#include "cli/compiler_options.h"
#include "cli/gan.h"
#include "cli/latent_walk.h"
#include "cli/pictures.h"
#include "io/grid.h"
#include "ir/excerpt.h"
#include "training/checkpoint_folder.h"

namespace cgan_jit::cli {
namespace {

constexpr int64_t most_pictures = 10000, usual_steps = 10;

struct SampleRequest {
  std::filesystem::path run, checkpoint, out = "strip.png";
  std::string digits = "0123456789", cpu = "native";
  uint32_t seed = 1;
  int64_t rows = 0;    // 0: not asked for
  std::string latent;  // "A:B", or empty
  int64_t threads = 0;
  std::shared_ptr<CompilerOptions> compiler;
};

int32_t label_of(const std::string& text, int64_t n_classes) {
  int32_t label = -1;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), label);
  if (problem != std::errc() || end != text.data() + text.size() || label < 0)
    throw Error("--digits: '{}' is no class", text);
  if (label >= n_classes)
    throw Error("--digits: {}, but the model has the classes 0 to {}", label, n_classes - 1);
  return label;
}

/// "0123" is four classes; "0,12,3" three.
std::vector<int32_t> labels_of(const std::string& digits, int64_t n_classes) {
  std::vector<int32_t> labels;
  if (digits.find(',') == std::string::npos) {
    for (char digit : digits) labels.push_back(label_of(std::string(1, digit), n_classes));
  } else {
    std::istringstream stream(digits);
    for (std::string word; std::getline(stream, word, ',');) labels.push_back(label_of(word, n_classes));
  }
  if (labels.empty()) throw Error("--digits: none are given");
  return labels;
}

/// The seeds of the noises at both ends.
struct Walk {
  uint32_t from = 0, to = 0;
};

/// "A:B".
std::optional<Walk> walk_of(const std::string& text) {
  if (text.empty()) return {};
  Walk walk;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, walk.from);
  const bool goes_on = first.ec == std::errc() && first.ptr != end && *first.ptr == ':';
  const auto second = std::from_chars(goes_on ? first.ptr + 1 : end, end, walk.to);
  if (second.ec != std::errc() || second.ptr != end)
    throw Error("--latent: '{}' is not two seeds of 0 to {}, as in 3:4", excerpt(text),
                std::numeric_limits<uint32_t>::max());
  return walk;
}

int64_t rows_of(const SampleRequest& request, size_t columns) {
  const bool walks = !request.latent.empty();
  const int64_t rows = request.rows > 0 ? request.rows : walks ? usual_steps : 1;
  if (walks && rows < 2) throw Error("--grid: a walk has at least 2 rows");
  if (rows * static_cast<int64_t>(columns) > most_pictures)
    throw Error("{} rows of {} digits are more than {} pictures", rows, columns, most_pictures);
  return rows;
}

std::vector<int32_t> repeated(const std::vector<int32_t>& labels, int64_t times) {
  std::vector<int32_t> all;
  for (int64_t i = 0; i < times; ++i) all.insert(all.end(), labels.begin(), labels.end());
  return all;
}

/// Each row drawn by itself, as a strip is: so the ends are the strips of the two seeds, the generator's
/// dropout too, which has no values in between and is that of the nearer end.
std::vector<float> draw_walk(Sampler& sampler, const Walk& walk, int64_t rows, int64_t columns,
                             int64_t latent_dim) {
  const std::vector<float> from = noise_of(walk.from, columns, latent_dim),
                           to = noise_of(walk.to, columns, latent_dim);
  std::vector<float> pictures;
  for (int64_t row = 0; row < rows; ++row) {
    const double t = static_cast<double>(row) / static_cast<double>(rows - 1);
    sampler.use(spherical(from, to, latent_dim, t), t < 0.5 ? walk.from : walk.to);
    const std::vector<float> strip = sampler.draw();
    pictures.insert(pictures.end(), strip.begin(), strip.end());
  }
  return pictures;
}

int sample(const SampleRequest& request) {
  if (request.run.empty() == request.checkpoint.empty())
    throw Error("either --run or --checkpoint is needed");
  const std::optional<Walk> walk = walk_of(request.latent);
  const training::Checkpoint checkpoint = training::read_checkpoint(
      request.run.empty() ? request.checkpoint : training::last_checkpoint(request.run));
  const models::CganConfig model = config_of(checkpoint).model;
  const std::vector<int32_t> labels = labels_of(request.digits, model.n_classes);
  const auto columns = static_cast<int64_t>(labels.size()), rows = rows_of(request, labels.size());
  LoggedSession session(request.compiler->session(request.cpu, request.threads));
  Sampler sampler(session, model, walk ? labels : repeated(labels, rows), request.seed);
  training::restore(session.session(), checkpoint);
  const std::vector<float> pictures =
      walk ? draw_walk(sampler, *walk, rows, columns, model.latent_dim) : sampler.draw();
  const int side = static_cast<int>(model.img_size);
  io::write_png(request.out,
                io::grid(pictures, static_cast<int>(rows), static_cast<int>(columns), side, side));
  const std::string times = rows > 1 ? fmt::format("{} x ", rows) : "";
  fmt::print("{}: {}{} of step {}\n", request.out.string(), times, request.digits, checkpoint.step);
  return 0;
}

}  // namespace

Command add_sample(CLI::App& app) {
  auto request = std::make_shared<SampleRequest>();
  app.add_option("--run", request->run, "a run's folder; its last checkpoint is taken")->type_name("DIR");
  app.add_option("--checkpoint", request->checkpoint, "a checkpoint")->type_name("FILE");
  app.add_option("--digits", request->digits,
                 "what to draw, from left to right; with commas also classes above 9")
      ->type_name("LIST")
      ->capture_default_str();
  app.add_option("--out", request->out, "the picture")->type_name("FILE")->default_str("strip.png");
  auto* seed =
      app.add_option("--seed", request->seed, "of the noise")->type_name("INT")->capture_default_str();
  app.add_option(
         "--grid", request->rows,
         "so many rows of these digits, each row of other noise; the first is that of --grid 1 (default: "
         "1; with --latent 10)")
      ->type_name("ROWS")
      ->check(CLI::Range(int64_t{1}, most_pictures));
  app.add_option(
         "--latent", request->latent,
         "a walk from the noise of seed A to that of seed B, a row a step: the first row is what --seed A "
         "draws, the last what --seed B draws. Each picture's noise turns from one direction to the other "
         "(spherical interpolation; a straight line would lead through shorter noise than a generator "
         "knows)")
      ->type_name("A:B")
      ->excludes(seed);
  add_machine_options(app, request->cpu, request->threads);
  request->compiler = add_compiler_options(app);
  return [request] { return sample(*request); };
}

}  // namespace cgan_jit::cli
