#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "cli/bench_setup.h"
#include "cli/measure.h"

namespace cgan_jit::cli {

/// The machine in one line, then a line an arm: ms and least arithmetic of a step, its share of the peak, the
/// size of its code.
std::string table(const Bench& bench, const Crew& crew);
/// The same for programs; each arm is an object in "arms".
nlohmann::ordered_json to_json(const Bench& bench, const Crew& crew);

/// On stdout: one of both, as the command line wants it.
void print_report(const Bench& bench, const nlohmann::ordered_json& json, const std::string& text);

}  // namespace cgan_jit::cli
