#include <fmt/format.h>

#include <charconv>

#include "cli/checkpoint.h"
#include "cli/checkpoint_folder.h"
#include "cli/command.h"
#include "cli/compiler_options.h"
#include "cli/pictures.h"
#include "io/grid.h"

namespace cgan_jit::cli {
namespace {

struct SampleRequest {
  std::filesystem::path run, checkpoint, out = "strip.png";
  std::string digits = "0123456789", cpu = "native";
  uint32_t seed = 1;
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

int sample(const SampleRequest& request) {
  if (request.run.empty() == request.checkpoint.empty())
    throw Error("either --run or --checkpoint is needed");
  const Checkpoint checkpoint =
      read_checkpoint(request.run.empty() ? request.checkpoint : last_checkpoint(request.run));
  const models::CganConfig& model = checkpoint.config.model;
  LoggedSession session(request.compiler->session(request.cpu, request.threads));
  Sampler sampler(session, model, labels_of(request.digits, model.n_classes), request.seed);
  restore(session.session(), checkpoint);
  const int side = static_cast<int>(model.img_size);
  io::write_png(request.out, io::strip(sampler.draw(), side, side));
  fmt::print("{}: {} of step {}\n", request.out.string(), request.digits, checkpoint.step);
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
  app.add_option("--seed", request->seed, "of the noise")->type_name("INT")->capture_default_str();
  add_machine_options(app, request->cpu, request->threads);
  request->compiler = add_compiler_options(app);
  return [request] { return sample(*request); };
}

}  // namespace cgan_jit::cli
