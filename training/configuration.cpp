#include "training/configuration.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "ir/error.h"
#include "ir/excerpt.h"

namespace cgan_jit::training {
namespace {

using Json = nlohmann::ordered_json;

Json object_of(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) throw Error("configuration: '{}' is no JSON object", excerpt(text));
  return json;
}

std::string text_of(const Json& object, const std::string& key) {
  const auto found = object.find(key);
  if (found == object.end()) return "absent";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

}  // namespace

std::string with_number(const std::string& config, const std::string& key, int64_t number) {
  Json json = object_of(config);
  if (json.contains(key)) return config;
  json[key] = number;
  return json.dump(2) + "\n";
}

int64_t number_in(const std::string& config, const std::string& key) {
  const Json json = object_of(config);
  const auto found = json.find(key);
  return found != json.end() && found->is_number_integer() ? found->get<int64_t>() : 0;
}

std::string differences(const std::string& now, const std::string& then,
                        const std::set<std::string>& may_change) {
  const Json a = object_of(now), b = object_of(then);
  Json keys = a;
  keys.update(b);
  std::vector<std::string> found;
  for (const auto& [key, value] : keys.items()) {
    const std::string is = text_of(a, key), was = text_of(b, key);
    if (is != was && !may_change.count(key))
      found.push_back(fmt::format("{} is {}, not {}", excerpt(key), excerpt(is), excerpt(was)));
  }
  return fmt::format("{}", fmt::join(found, "; "));
}

}  // namespace cgan_jit::training
