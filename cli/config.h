#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "models/cgan.h"
#include "training/schedule.h"

namespace cgan_jit::cli {

/// What a training run computes. Two runs of equal configuration give equal files.
struct TrainConfig {
  models::CganConfig model;
  std::string preset = "report";
  int64_t n_epochs = 50;
  int64_t steps = 0;  // 0: until n_epochs are over
  uint32_t seed = 1;
  int64_t sample_interval = 1000, checkpoint_interval = 0;  // steps; 0: none on the way
  int64_t test_interval = -1;                               // steps; 0: never, -1: an epoch
  std::filesystem::path data = "data/mnist";
  int64_t n_cpu = 0;  // threads; 0: all cores
  std::string cpu = "native";
  bool operator==(const TrainConfig&) const = default;
};

/// The values that a number may have.
struct Limits {
  double least = 0, most = 0;
  bool least_allowed = true, most_allowed = true;
  bool allow(double value) const;
  /// As an interval: "[0, 1)".
  std::string text() const;
  bool operator==(const Limits&) const = default;
};

/// What an option is about: the training step itself, or a run of many steps.
enum class OptionScope : uint8_t { step, run };

/// What another value changes: the numbers that a run computes, or only where, how long and how often it
/// computes and writes. A run that goes on may change the latter.
enum class Effect : uint8_t { numbers, conduct };

/// An option of a run: its name on the command line (--KEY, dashes for underscores too) and in config.json.
struct Option {
  const char* key;
  OptionScope scope;
  Effect effect;
  const char* kind;  // for --help: INT, REAL, ...
  const char* help;
  Limits limits = {};                     // of numbers
  std::vector<std::string> choices = {};  // of words; an enum's in the order of its enumerators
  const char* alias = "";                 // another name on the command line
};

/// The options of a run, each once: visit(option, value), where value is the member of `config` that it sets.
template <typename Config, typename Visit>
void for_each_option(Config& config, const Visit& visit) {
  constexpr auto step = OptionScope::step, run = OptionScope::run;
  constexpr auto numbers = Effect::numbers, conduct = Effect::conduct;
  constexpr double many = training::most_steps;
  const Limits widths{1, 65536};
  auto& model = config.model;
  visit(Option{"preset",
               step,
               conduct,
               "NAME",
               "the report's numbers, or the same with n_classes 10",
               {},
               {"report", "pytorch-gan"}},
        config.preset);
  visit(Option{"n_classes", step, numbers, "INT", "rows of the label embeddings", {1, 4096}},
        model.n_classes);
  visit(Option{"embedding", step, numbers, "INT", "width of the label embeddings; 0: n_classes", {0, 4096}},
        model.embedding);
  visit(Option{"latent_dim", step, numbers, "INT", "numbers in the generator's noise z", widths},
        model.latent_dim);
  visit(Option{"img_size", step, numbers, "INT", "pixels a side; the data is resized to it", {1, 256}},
        model.img_size);
  visit(Option{"channels", step, numbers, "INT", "of a picture; IDX files hold grey ones", {1, 1}},
        model.channels);
  visit(Option{"generator_widths", step, numbers, "LIST", "widths of the hidden layers", widths},
        model.generator_widths);
  visit(Option{"discriminator_widths", step, numbers, "LIST", "widths of the hidden layers", widths},
        model.discriminator_widths);
  visit(Option{"b1", step, numbers, "REAL", "Adam's decay of the first moment", {0, 1, true, false}},
        model.b1);
  visit(Option{"b2", step, numbers, "REAL", "Adam's decay of the second moment", {0, 1, true, false}},
        model.b2);
  visit(Option{"lr", step, numbers, "REAL", "Adam's learning rate", {0, 10, false, true}}, model.lr);
  visit(Option{"batch_size", step, numbers, "INT", "pictures a step", {2, 65536}}, model.batch_size);
  visit(Option{"dropout",
               step,
               numbers,
               "REAL",
               "probability that a feature of D is dropped",
               {0, 1, true, false}},
        model.dropout);
  visit(Option{"g_dropout",
               step,
               numbers,
               "REAL",
               "probability that a feature of G is dropped, as noise: while training and while sampling",
               {0, 1, true, false}},
        model.g_dropout);
  visit(Option{"relu", step, numbers, "REAL", "slope of the LeakyReLUs below 0", {0, 1}}, model.relu);
  visit(Option{"loss",
               step,
               numbers,
               "WHICH",
               "of D's answers: squared error, or cross entropy of its logits (G maximises log D)",
               {},
               {"mse", "bce"}},
        model.loss);
  visit(Option{"smooth_labels",
               step,
               numbers,
               "REAL",
               "D's target for real pictures is 1 less this",
               {0, 1, true, false}},
        model.smooth_labels);
  visit(Option{"gen_labels",
               step,
               numbers,
               "WHICH",
               "labels of the fakes: all n_classes, or the data's",
               {},
               {"all", "dataset"}},
        model.gen_labels);
  visit(Option{"data", step, conduct, "DIR",
               "train-images-idx3-ubyte and train-labels-idx1-ubyte, plain or .gz"},
        config.data);
  visit(Option{"n_cpu",
               step,
               conduct,
               "INT",
               "threads; 0: all cores. The report's 8 loader threads have no counterpart: the step gathers "
               "its batch",
               {0, 1024},
               {},
               "--threads"},
        config.n_cpu);
  visit(Option{"cpu",
               step,
               conduct,
               "NAME",
               "instruction set; the numbers are the same with any",
               {},
               {"native", "x86-64-v3", "x86-64-v4"}},
        config.cpu);
  visit(Option{"seed",
               run,
               numbers,
               "INT",
               "of weights, noise, dropout and the order of the data",
               {0, 4294967295.0}},
        config.seed);
  visit(Option{"n_epochs", run, conduct, "INT", "passes over the data", {1, 1e6}}, config.n_epochs);
  visit(Option{"steps", run, conduct, "INT", "end after so many steps in all; 0: after n_epochs", {0, many}},
        config.steps);
  visit(
      Option{
          "sample_interval", run, conduct, "INT", "steps between two grids of samples; 0: none", {0, many}},
      config.sample_interval);
  visit(Option{"test_interval",
               run,
               conduct,
               "INT",
               "steps between two tests on the test images; -1: an epoch, 0: none",
               {-1, many}},
        config.test_interval);
  visit(Option{"checkpoint_interval",
               run,
               conduct,
               "INT",
               "steps between two checkpoints; 0: one at the end",
               {0, many}},
        config.checkpoint_interval);
}

/// Options as text, by key, and where they stand ("" for the command line, else the file's name).
struct Layer {
  std::string source;
  std::map<std::string, std::string> values;
};

/// The configuration: defaults, then each layer over those before it; within a layer a preset comes first.
/// Throws Error that names source and key for an unknown key, a value that does not read, or one out of its
/// limits.
TrainConfig merge(const std::vector<Layer>& layers);

/// A JSON object of options. Throws Error "FILE: what".
Layer read_layer(const std::filesystem::path& file);
Layer layer_from_json(const std::string& text, const std::string& source);
/// Every option; `layer_from_json` reads it back.
std::string to_json(const TrainConfig& config);
/// One "key value" line an option, for people.
std::string to_text(const TrainConfig& config);
/// The options that change where, how long and how often a run computes and writes.
std::set<std::string> conduct_keys();
/// What of `now` makes other numbers than `then`, for people: "lr is 0.1, not 0.2; seed is 2, not 1". Empty
/// when nothing does.
std::string other_numbers(const TrainConfig& now, const TrainConfig& then);
/// Key and text of every option, in order.
std::vector<std::pair<std::string, std::string>> option_texts(const TrainConfig& config);

}  // namespace cgan_jit::cli
