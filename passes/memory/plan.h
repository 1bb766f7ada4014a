#pragma once

#include "passes/memory/live_range.h"
#include "passes/program.h"

namespace cgan_jit {

/// Places the temporaries and outputs in one arena: two share bytes only if the phases in which they are
/// alive are apart. Outputs stay alive to the end. Fills in arena offsets, the arena's size and the report.
void plan(LoweredProgram& program);

/// The same without sharing.
void plan_apart(LoweredProgram& program);

/// Of each root of the arena.
std::vector<LiveRange> live_ranges(const LoweredProgram& program);

/// The plan as text, for people.
std::string print_plan(const LoweredProgram& program);

}  // namespace cgan_jit
