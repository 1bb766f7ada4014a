#include "cli/layer_options.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace cgan_jit::cli {
namespace {

/// "--batch_size,--batch-size", and the alias.
std::string names_of(const Option& option) {
  const std::string name = std::string("--") + option.key;
  std::string dashed = name;
  std::replace(dashed.begin(), dashed.end(), '_', '-');
  std::string names = dashed == name ? name : name + "," + dashed;
  if (*option.alias != '\0') names += std::string(",") + option.alias;
  return names;
}

std::string help_of(const Option& option) {
  std::string help = option.help;
  if (!option.choices.empty()) help += fmt::format(" ({})", fmt::join(option.choices, ", "));
  if (option.limits != Limits{}) help += " " + option.limits.text();
  return help;
}

}  // namespace

std::shared_ptr<Layer> add_layer_options(CLI::App& app, OptionScope widest) {
  auto layer = std::make_shared<Layer>();
  const TrainConfig defaults;
  const auto texts = option_texts(defaults);
  size_t next = 0;
  for_each_option(defaults, [&](const Option& option, const auto&) {
    const std::string key = option.key, text = texts[next++].second;
    if (option.scope > widest) return;
    app.add_option_function<std::string>(
           names_of(option), [layer, key](const std::string& given) { layer->values[key] = given; },
           help_of(option))
        ->type_name(option.kind)
        ->default_str(text)
        ->group(option.scope == OptionScope::step ? "Training step" : "Run");
  });
  return layer;
}

}  // namespace cgan_jit::cli
