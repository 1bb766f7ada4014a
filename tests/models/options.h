#pragma once

#include <string>
#include <utility>
#include <vector>

#include "models/cgan.h"

namespace cgan_jit::models {

/// The plain model with each option that the report's tips are, alone, and with all of them; under the names
/// that fixture/make_fixture.py has.
inline std::vector<std::pair<std::string, CganConfig>> with_each_option(const CganConfig& plain) {
  using Change = void (*)(CganConfig&);
  const std::vector<std::pair<std::string, Change>> changes{
      {"loss", [](CganConfig& config) { config.loss = GanLoss::bce; }},
      {"g_dropout", [](CganConfig& config) { config.g_dropout = 0.5f; }},
      {"embedding", [](CganConfig& config) { config.embedding = 5; }},
      {"smooth_labels", [](CganConfig& config) { config.smooth_labels = 0.1f; }},
      {"relu", [](CganConfig& config) { config.relu = 0; }},
      {"gen_labels", [](CganConfig& config) { config.gen_labels = GenLabels::dataset; }}};
  std::vector<std::pair<std::string, CganConfig>> changed;
  CganConfig all = plain;
  for (const auto& [name, change] : changes) {
    change(changed.emplace_back(name, plain).second);
    change(all);
  }
  changed.emplace_back("all", all);
  return changed;
}

}  // namespace cgan_jit::models
