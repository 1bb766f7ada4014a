#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

#include "cli/command.h"
#include "cli/data.h"
#include "cli/gan.h"
#include "cli/pictures.h"
#include "cli/recogniser.h"
#include "cli/score_report.h"
#include "cli/score_request.h"
#include "io/grid.h"
#include "training/checkpoint_folder.h"

namespace cgan_jit::cli {
namespace {

namespace fs = std::filesystem;

/// The pictures that are judged, and those that they are held against.
struct Contest {
  Subject subject;
  LabelledPictures judged, reference;
};

/// Nothing when the text is no number.
std::optional<int64_t> step_in(const std::string& text) {
  int64_t step = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), step);
  const bool whole = problem == std::errc() && end == text.data() + text.size();
  return whole ? std::optional(step) : std::nullopt;
}

fs::path chosen_checkpoint(const ScoreRequest& request) {
  if (request.checkpoint.empty()) return training::last_checkpoint(request.run);
  const auto step = step_in(request.checkpoint);
  if (request.run.empty() || !step) return request.checkpoint;
  return training::existing_checkpoint(request.run, *step);
}

LabelledPictures pictures_of(const fs::path& folder, io::Split split, int64_t img_size, int64_t classes,
                             const ScoreRequest& request) {
  const DataFacts facts = inspect_data(folder, split, classes);
  return recogniser_view(prepare_in_background(facts, img_size, request.compiler->cache()).get());
}

/// As many pictures of each class as of any other, the classes going round.
std::vector<int32_t> labels_in_turn(int64_t count, int64_t classes) {
  if (count % classes != 0) throw Error("--samples: {} is no multiple of the {} classes", count, classes);
  std::vector<int32_t> labels;
  for (int64_t i = 0; i < count; ++i) labels.push_back(static_cast<int32_t>(i % classes));
  return labels;
}

/// The generator's pictures as bytes, as a PNG would have them, then resized for the recogniser.
LabelledPictures generated(const training::Checkpoint& checkpoint, int64_t classes,
                           const ScoreRequest& request) {
  const models::CganConfig model = config_of(checkpoint).model;
  if (model.n_classes < classes)
    throw Error("the model has {} classes, the recogniser {}", model.n_classes, classes);
  const std::vector<int32_t> labels = labels_in_turn(request.samples, classes);
  LoggedSession session(request.session());
  Sampler sampler(session, model, labels, request.seed);
  training::restore(session.session(), checkpoint);
  const std::vector<float> values = sampler.draw();
  std::vector<uint8_t> bytes(values.size());
  std::transform(values.begin(), values.end(), bytes.begin(), io::to_pixel);
  return {recogniser_view(bytes, model.img_size), {labels.begin(), labels.end()}};
}

/// A generator against the test images of its data, both at its size of pictures first.
Contest contest_of_run(const ScoreRequest& request, int64_t classes) {
  const fs::path file = chosen_checkpoint(request);
  const training::Checkpoint checkpoint = training::read_checkpoint(file);
  const TrainConfig config = config_of(checkpoint);
  const fs::path data = request.data.empty() ? config.data : request.data;
  const std::string name = request.run.empty() ? file.string() : request.run.string();
  return {{name, checkpoint.step, request.seed},
          generated(checkpoint, classes, request),
          pictures_of(data, io::Split::test, config.model.img_size, classes, request)};
}

void keep_first(LabelledPictures& pictures, size_t count) {
  if (pictures.labels.size() <= count) return;
  pictures.pixels.resize(pictures.pixels.size() / pictures.labels.size() * count);
  pictures.labels.resize(count);
}

/// The test images against as many training images.
Contest contest_of_real(const ScoreRequest& request, int64_t classes) {
  const fs::path data = request.data.empty() ? "data/mnist" : request.data;
  const int64_t size = models::RecogniserConfig{}.size;
  Contest contest{{data.string() + ", test images", {}, 0},
                  pictures_of(data, io::Split::test, size, classes, request),
                  pictures_of(data, io::Split::train, size, classes, request)};
  keep_first(contest.reference, contest.judged.labels.size());
  return contest;
}

Score judge(const Contest& contest, Recogniser& recogniser, int threads) {
  const int64_t classes = recogniser.classes();
  const LabelledPictures &judged = contest.judged, &reference = contest.reference;
  const Recognition seen = recogniser.recognise(judged.pixels),
                    expected = recogniser.recognise(reference.pixels);
  Score score;
  score.subject = contest.subject;
  score.confusion = confusion_of(judged.labels, seen.labels, classes);
  score.frechet = frechet_distance(seen.points(), expected.points());
  score.manifold = precision_recall(seen.points(), expected.points(), threads);
  score.spreads = spread_by_class(judged.pixels, judged.labels, classes);
  score.reference_recognised = confusion_of(reference.labels, expected.labels, classes).recognised();
  score.reference_spread = mean(spread_by_class(reference.pixels, reference.labels, classes));
  return score;
}

/// Where a result goes: as asked, else into the run's folder, else nowhere.
fs::path destination(const fs::path& asked, const fs::path& run, const char* name) {
  return asked.empty() && !run.empty() ? run / name : asked;
}

void write_results(const ScoreRequest& request, const Score& score) {
  const fs::path json = destination(request.json, request.run, "score.json");
  if (!json.empty()) io::write_file(json, to_json(score));
  const fs::path picture = destination(request.picture, request.run, "score/confusion");
  if (picture.empty()) return;
  if (picture.has_parent_path()) io::make_folder(picture.parent_path());
  io::write_drawing(picture, confusion_map(score));
}

int score(const ScoreRequest& request) {
  const bool generator = !request.run.empty() || !request.checkpoint.empty();
  if (request.train + request.real + generator != 1)
    throw Error("one of --run (or --checkpoint), --real and --train is needed");
  if (request.train) return train_recogniser(request);
  Recogniser recogniser(request.session(), request.recogniser);
  const Contest contest = generator ? contest_of_run(request, recogniser.classes())
                                    : contest_of_real(request, recogniser.classes());
  const Score result = judge(contest, recogniser, team_size(request.threads));
  write_results(request, result);
  fmt::print("{}", to_text(result));
  return 0;
}

void add_subjects(CLI::App& app, ScoreRequest& request) {
  constexpr const char* group = "What is scored";
  app.add_option("--run", request.run, "a run's folder; its last checkpoint is taken")
      ->type_name("DIR")
      ->group(group);
  app.add_option("--checkpoint", request.checkpoint, "another step of the run, or a checkpoint's file")
      ->type_name("STEP|FILE")
      ->group(group);
  app.add_flag("--real", request.real,
               "the test images themselves, against as many training images: the yardstick")
      ->group(group);
  app.add_option("--data", request.data, "the data set (default: the run's, else data/mnist)")
      ->type_name("DIR")
      ->group(group);
  app.add_option("--samples", request.samples, "digits to draw, as many of each class")
      ->type_name("INT")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000000))
      ->group(group);
  app.add_option("--seed", request.seed, "of the digits' noise, or of the recogniser's training")
      ->type_name("INT")
      ->capture_default_str()
      ->group(group);
}

void add_results(CLI::App& app, ScoreRequest& request) {
  constexpr const char* group = "Results";
  app.add_option("--json", request.json, "the figures (default: score.json in the run's folder)")
      ->type_name("FILE")
      ->group(group);
  app.add_option(
         "--picture", request.picture,
         "the confusion matrix as STEM.svg and STEM.png (default: score/confusion in the run's folder)")
      ->type_name("STEM")
      ->group(group);
}

void add_recogniser(CLI::App& app, ScoreRequest& request) {
  constexpr const char* group = "Recogniser";
  app.add_option("--recogniser", request.recogniser, "a trained one")
      ->type_name("FILE")
      ->default_str(request.recogniser.string())
      ->group(group);
  auto* train = app.add_flag("--train", request.train, "train a recogniser on --data")->group(group);
  app.add_option("--out", request.out, "where --train writes it")
      ->type_name("FILE")
      ->default_str(request.out.string())
      ->needs(train)
      ->group(group);
  app.add_option("--steps", request.steps, "end the training after so many steps; 0: after all of them")
      ->type_name("INT")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000000000))
      ->needs(train)
      ->group(group);
}

}  // namespace

Command add_score(CLI::App& app) {
  auto request = std::make_shared<ScoreRequest>();
  add_subjects(app, *request);
  add_results(app, *request);
  add_recogniser(app, *request);
  add_machine_options(app, request->cpu, request->threads);
  request->compiler = add_compiler_options(app);
  return [request] { return score(*request); };
}

}  // namespace cgan_jit::cli
