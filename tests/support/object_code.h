#pragma once

#include <algorithm>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "ir/target.h"

namespace cgan_jit {

// What tests ask of machine code as text. They need no machine that can run it.

using Lines = std::vector<std::string>;

inline Target target_of(const std::string& cpu) {
  return cpu == "x86-64-v3" ? Target{cpu, "", 16, 8} : Target{cpu, "", 32, 16};
}

inline int64_t count_of(const Lines& lines, const std::string& word) {
  return std::count_if(lines.begin(), lines.end(),
                       [&](const std::string& line) { return line.find(word) != std::string::npos; });
}

/// The instructions between a local label and the jump back to it: the innermost loop with the most that have
/// `word` in them (nothing: all do).
inline Lines hot_loop(const std::string& assembly, const std::string& word = "") {
  Lines best, lines;
  std::string label, line;
  for (std::istringstream text(assembly); std::getline(text, line);) {
    if (line.starts_with(".LBB")) {
      label = line.substr(0, line.find(':'));
      lines.clear();
    } else if (line.starts_with("\t") && !line.starts_with("\t.")) {
      lines.push_back(line);
      const bool jumps_back = line.starts_with("\tj") && line.ends_with("\t" + label);
      if (jumps_back && count_of(lines, word) > count_of(best, word)) best = lines;
    }
  }
  return best;
}

}  // namespace cgan_jit
