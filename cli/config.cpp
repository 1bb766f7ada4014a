#include "cli/config.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <sstream>

#include "io/file.h"
#include "ir/error.h"
#include "ir/excerpt.h"
#include "training/configuration.h"

namespace cgan_jit::cli {
namespace {

std::string place_of(const Layer& layer, const std::string& key) {
  return layer.source.empty() ? "--" + excerpt(key) : layer.source + ": " + excerpt(key);
}

template <typename Number>
void read_value(const Option& option, const std::string& text, Number& value) {
  Number read{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), read);
  if (problem == std::errc::result_out_of_range)
    throw Error("{} is outside {}", excerpt(text), option.limits.text());
  if (problem != std::errc() || end != text.data() + text.size()) {
    throw Error("'{}' is no {}number", excerpt(text), std::is_integral_v<Number> ? "whole " : "");
  }
  if (!option.limits.allow(static_cast<double>(read)))
    throw Error("{} is outside {}", excerpt(text), option.limits.text());
  value = read;
}

void read_value(const Option& option, const std::string& text, std::vector<int64_t>& value) {
  std::vector<int64_t> read;
  std::istringstream stream(text);
  for (std::string word; std::getline(stream, word, ',');) read_value(option, word, read.emplace_back());
  if (read.empty()) throw Error("at least one number is needed");
  value = read;
}

void read_value(const Option& option, const std::string& text, std::string& value) {
  const auto& choices = option.choices;
  if (std::find(choices.begin(), choices.end(), text) == choices.end()) {
    throw Error("'{}' is none of {}", excerpt(text), fmt::join(choices, ", "));
  }
  value = text;
}

void read_value(const Option&, const std::string& text, std::filesystem::path& value) {
  if (text.empty()) throw Error("a path is needed");
  if (!is_utf8(text)) throw Error("'{}' is no UTF-8, as config.json needs it", excerpt(text));
  value = text;
}

/// The choices are the enumerators' names, in their order.
template <typename Enum>
requires std::is_enum_v<Enum>
void read_value(const Option& option, const std::string& text, Enum& value) {
  std::string word;
  read_value(option, text, word);
  const auto& choices = option.choices;
  value = static_cast<Enum>(std::find(choices.begin(), choices.end(), word) - choices.begin());
}

template <typename Value>
std::string text_of(const Option&, const Value& value) {
  return fmt::format("{}", value);
}
std::string text_of(const Option&, const std::vector<int64_t>& value) {
  return fmt::format("{}", fmt::join(value, ","));
}
std::string text_of(const Option&, const std::filesystem::path& value) { return value.string(); }
template <typename Enum>
requires std::is_enum_v<Enum> std::string text_of(const Option& option, const Enum& value) {
  return option.choices.at(static_cast<size_t>(value));
}

void refuse_unknown_keys(const TrainConfig& config, const Layer& layer) {
  for (const auto& entry : layer.values) {
    bool known = false;
    for_each_option(config, [&](const Option& option, const auto&) { known |= entry.first == option.key; });
    if (!known) throw Error("{}: there is no such option", place_of(layer, entry.first));
  }
}

void apply(TrainConfig& config, const Layer& layer) {
  for_each_option(config, [&](const Option& option, auto& value) {
    const auto found = layer.values.find(option.key);
    if (found == layer.values.end()) return;
    try {
      read_value(option, found->second, value);
    } catch (const Error& error) { throw Error("{}: {}", place_of(layer, option.key), error.what()); }
  });
}

/// What a preset says. All else is as the report has it, which the defaults are.
Layer preset_layer(const std::string& preset) {
  return {"preset", {{"n_classes", preset == "pytorch-gan" ? "10" : "100"}}};
}

std::string text_of(const nlohmann::json& value, const std::string& key, const std::string& source) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number()) return value.dump();
  throw Error("{}: {}: a number or a text is needed", source, excerpt(key));
}

}  // namespace

bool Limits::allow(double value) const {
  return (least_allowed ? value >= least : value > least) && (most_allowed ? value <= most : value < most);
}

std::string Limits::text() const {
  return fmt::format("{}{}, {}{}", least_allowed ? '[' : '(', least, most, most_allowed ? ']' : ')');
}

TrainConfig merge(const std::vector<Layer>& layers) {
  TrainConfig config;
  for (const Layer& layer : layers) {
    refuse_unknown_keys(config, layer);
    apply(config, layer);
    if (layer.values.count("preset") == 0) continue;
    apply(config, preset_layer(config.preset));
    apply(config, layer);
  }
  return config;
}

Layer read_layer(const std::filesystem::path& file) {
  const std::vector<std::byte> bytes = io::read_file(file);
  return layer_from_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file.string());
}

Layer layer_from_json(const std::string& text, const std::string& source) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) throw Error("{}: this is no JSON object", source);
  Layer layer{source, {}};
  for (const auto& [key, value] : json.items()) layer.values[key] = text_of(value, key, source);
  return layer;
}

std::vector<std::pair<std::string, std::string>> option_texts(const TrainConfig& config) {
  std::vector<std::pair<std::string, std::string>> texts;
  for_each_option(config, [&](const Option& option, const auto& value) {
    texts.emplace_back(option.key, text_of(option, value));
  });
  return texts;
}

std::set<std::string> conduct_keys() {
  std::set<std::string> keys;
  const TrainConfig config;
  for_each_option(config, [&](const Option& option, const auto&) {
    if (option.effect == Effect::conduct) keys.insert(option.key);
  });
  return keys;
}

std::string other_numbers(const TrainConfig& now, const TrainConfig& then) {
  return training::differences(to_json(now), to_json(then), conduct_keys());
}

std::string to_json(const TrainConfig& config) {
  nlohmann::ordered_json json;
  for_each_option(config, [&](const Option& option, const auto& value) {
    const std::string text = text_of(option, value);
    // A float in its own shortest form, not as the double that it is.
    if constexpr (std::is_arithmetic_v<std::decay_t<decltype(value)>>) {
      json[option.key] = nlohmann::ordered_json::parse(text);
    } else {
      json[option.key] = text;
    }
  });
  return json.dump(2) + "\n";
}

std::string to_text(const TrainConfig& config) {
  std::string text;
  for (const auto& [key, value] : option_texts(config)) text += fmt::format("  {:<20} {}\n", key, value);
  return text;
}

}  // namespace cgan_jit::cli
