#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "models/cgan.h"

namespace cgan_jit::cli {

/// What a training run computes. Two runs of equal configuration give equal files.
struct TrainConfig {
  models::CganConfig model;
  std::string preset = "report";
  int64_t n_epochs = 50;
  int64_t steps = 0;  // 0: until n_epochs are over
  uint32_t seed = 1;
  int64_t sample_interval = 1000, checkpoint_interval = 0;  // steps; 0: none on the way
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

/// An option of a run: its name on the command line (--KEY, dashes for underscores too) and in config.json.
struct Option {
  const char* key;
  const char* kind;  // for --help: INT, REAL, ...
  const char* help;
  Limits limits = {};                     // of numbers
  std::vector<std::string> choices = {};  // of words; empty: any
  const char* alias = "";                 // another name on the command line
};

/// The options of a run, each once: visit(option, value), where value is the member of `config` that it sets.
template <typename Config, typename Visit>
void for_each_option(Config& config, const Visit& visit) {
  constexpr double many = 1e9;
  auto& model = config.model;
  visit(Option{"preset",
               "NAME",
               "report: the report's numbers; pytorch-gan: the same with n_classes 10",
               {},
               {"report", "pytorch-gan"}},
        config.preset);
  visit(Option{"n_classes", "INT", "rows and width of the label embeddings", {1, 65536}}, model.n_classes);
  visit(Option{"latent_dim", "INT", "numbers in the generator's noise z", {1, 65536}}, model.latent_dim);
  visit(Option{"img_size", "INT", "pixels a side; the data is resized to it", {1, 1024}}, model.img_size);
  visit(Option{"channels", "INT", "of the pictures; IDX files hold grey ones", {1, 1}}, model.channels);
  visit(Option{"b1", "REAL", "Adam: decay of the first moment", {0, 1, true, false}}, model.b1);
  visit(Option{"b2", "REAL", "Adam: decay of the second moment", {0, 1, true, false}}, model.b2);
  visit(Option{"lr", "REAL", "Adam: learning rate", {0, 10, false, true}}, model.lr);
  visit(Option{"batch_size", "INT", "pictures a step", {2, 65536}}, model.batch_size);
  visit(Option{"dropout", "REAL", "probability that a discriminator feature is dropped", {0, 1, true, false}},
        model.dropout);
  visit(Option{"relu", "REAL", "slope of the LeakyReLUs below 0", {0, 1}}, model.relu);
  visit(Option{"gen_labels",
               "WHICH",
               "labels of the fakes: all n_classes, or those that the data set has",
               {},
               {"all", "dataset"}},
        model.gen_labels);
  visit(Option{"n_epochs", "INT", "passes over the data", {1, many}}, config.n_epochs);
  visit(Option{"steps", "INT", "end after so many steps in all; 0: after n_epochs", {0, many}}, config.steps);
  visit(Option{"seed", "INT", "of weights, noise, dropout and the order of the data", {0, 4294967295.0}},
        config.seed);
  visit(Option{"n_cpu",
               "INT",
               "threads; 0: all cores. The report's 8 loader threads have no counterpart: the batch is "
               "gathered inside the step",
               {0, 1024},
               {},
               "--threads"},
        config.n_cpu);
  visit(Option{"cpu",
               "NAME",
               "instruction set of the kernels; the numbers are the same with any",
               {},
               {"native", "x86-64-v3", "x86-64-v4"}},
        config.cpu);
  visit(Option{"sample_interval", "INT", "steps between two grids of samples; 0: no samples", {0, many}},
        config.sample_interval);
  visit(Option{"checkpoint_interval", "INT", "steps between two checkpoints; 0: one at the end", {0, many}},
        config.checkpoint_interval);
  visit(Option{"data", "DIR", "folder of train-images-idx3-ubyte and train-labels-idx1-ubyte, plain or .gz"},
        config.data);
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
/// Key and text of every option, in order.
std::vector<std::pair<std::string, std::string>> option_texts(const TrainConfig& config);

}  // namespace cgan_jit::cli
