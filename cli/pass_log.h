#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "frontend/session.h"

namespace cgan_jit::cli {

/// Where a dump goes.
struct DumpTarget {
  bool wanted = false;
  std::filesystem::path folder;  // empty: standard output
};

/// What every pass makes of programs, for people: 00_built.ir, 01_simplify.ir, ..., plan.txt, tiles.txt,
/// graph.dot and for each kernel kernels/NN.{txt,loops,ll,s}; and how long the passes take. The first program
/// lies in the folder itself, others in folders of their names.
class PassLog {
 public:
  explicit PassLog(DumpTarget dump = {}) : dump_(std::move(dump)) {}

  void begin(const std::string& program, const Graph& graph);
  void pass(std::string_view name, double seconds, const std::function<std::string()>& text);
  void end(const LoweredProgram& program, const Target& target);

  /// A table, a row a pass and program.
  std::string times() const;

 private:
  void write(const std::string& file, const std::string& text) const;
  void write_kernel(const LoweredProgram& program, int number, const Target& target) const;

  struct Time {
    std::string program, pass;
    double seconds;
  };
  DumpTarget dump_;
  std::string program_;
  std::filesystem::path place_;  // of the program's files, in the dump's folder
  int next_ = 0;
  std::vector<Time> times_;
};

}  // namespace cgan_jit::cli
