#include "cli/pass_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "io/file.h"
#include "ir/text.h"
#include "passes/lower/tiles.h"

namespace cgan_jit::cli {
namespace {

/// What a kernel computes and where it reads and writes.
std::string describe(const LoweredProgram& program, const LoweredKernel& kernel) {
  std::string text = fmt::format("{}\n{} units, {} bytes of scratch a thread\n\nnodes\n", kernel.name,
                                 kernel.loops.units, kernel.loops.scratch_bytes());
  for (Value node : kernel.nodes) text += "  " + print(program.graph[node], node) + "\n";
  text += "\nbuffers\n";
  for (size_t i = 0; i < kernel.buffers.size(); ++i) {
    const Root& root = program.roots[static_cast<size_t>(kernel.buffers[i])];
    const std::string start =
        kernel.starts[i] > 0 ? fmt::format(" from byte {} on", kernel.starts[i]) : std::string();
    text += fmt::format("  {} {:<5} {} {}{}\n", i, kernel.loops.buffers[i].written ? "write" : "read",
                        to_string(root.type), root.name, start);
  }
  return text;
}

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (char letter : text) result += letter == '"' ? '\'' : letter;
  return result + "\"";
}

/// Kernels in the order of their phases, an arrow from the last writer of a buffer to each of its readers.
std::string dot(const LoweredProgram& program) {
  std::string text = "digraph program {\n  node [shape=box];\n";
  std::map<int, int> writer;
  std::set<std::pair<int, int>> arrows;
  for (const PlannedPhase& phase : program.phases) {
    for (const PlannedCall& call : phase.calls) {
      const int number = call.kernel;
      const LoweredKernel& kernel = program.kernels[static_cast<size_t>(number)];
      text += fmt::format("  k{} [label={}];\n", number, quoted(kernel.name));
      for (int root : kernel.buffers) {
        if (writer.count(root) != 0 && writer[root] != number) arrows.insert({writer[root], number});
      }
      for (size_t i = 0; i < kernel.buffers.size(); ++i) {
        if (kernel.loops.buffers[i].written) writer[kernel.buffers[i]] = number;
      }
    }
  }
  for (const auto& [from, to] : arrows) text += fmt::format("  k{} -> k{};\n", from, to);
  return text + "}\n";
}

}  // namespace

void PassLog::begin(const std::string& program, const Graph& graph) {
  place_ = program_.empty() ? "" : std::filesystem::path(program);
  program_ = program;
  next_ = 0;
  if (dump_.wanted) write("00_built.ir", print(graph));
}

void PassLog::pass(std::string_view name, double seconds, const std::function<std::string()>& text) {
  times_.push_back({program_, std::string(name), seconds});
  ++next_;
  if (!dump_.wanted) return;
  write(name == "plan" ? "plan.txt"
                       : fmt::format("{:02}_{}.{}", next_, name, pass_named(name).transform ? "ir" : "txt"),
        text());
}

void PassLog::end(const LoweredProgram& program, const Target& target) {
  if (!dump_.wanted) return;
  write("graph.dot", dot(program));
  const Multiplications products = multiplications_of(program, target);
  write("tiles.txt", fmt::format("{:.0f} of {:.0f} multiplications in large sums run in tiles\n",
                                 products.in_tiles, products.needed));
  for (size_t k = 0; k < program.kernels.size(); ++k) write_kernel(program, static_cast<int>(k), target);
}

void PassLog::write_kernel(const LoweredProgram& program, int number, const Target& target) const {
  const LoweredKernel& kernel = program.kernels[static_cast<size_t>(number)];
  const std::string name = fmt::format("kernels/{:02}", number);
  write(name + ".txt", describe(program, kernel));
  write(name + ".loops", loop::print(kernel.loops));
  write(name + ".ll", llvm_ir(kernel.loops, target));
  write(name + ".s", assembly(kernel.loops, target));
}

void PassLog::write(const std::string& file, const std::string& text) const {
  const std::filesystem::path path = place_ / file;
  if (dump_.folder.empty()) {
    fmt::print("---- {}\n{}\n", path.string(), text);
    return;
  }
  io::make_folder((dump_.folder / path).parent_path());
  io::write_file(dump_.folder / path, text);
}

std::string PassLog::times() const {
  std::string text;
  for (const Time& time : times_)
    text += fmt::format("{:<16} {:<10} {:8.2f} ms\n", time.program, time.pass, time.seconds * 1e3);
  return text;
}

}  // namespace cgan_jit::cli
