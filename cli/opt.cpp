#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <iostream>
#include <iterator>

#include "cli/command.h"
#include "cli/compiler_options.h"
#include "io/file.h"
#include "ir/interpret.h"
#include "ir/text.h"
#include "ir/verify.h"

namespace cgan_jit::cli {
namespace {

struct OptRequest {
  std::string file, cpu = "native";
  std::vector<std::string> passes;
  bool verify = false, interpret = false, run = false;
  uint64_t seed = 1;
  int64_t threads = 0;
  std::shared_ptr<CompilerOptions> compiler;
};

std::string read_text(const std::string& file) {
  if (file == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
  const std::vector<std::byte> bytes = io::read_file(file);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Those that are done by now, or not wanted.
std::set<std::string> optional_transforms() {
  std::set<std::string> names;
  for (const Pass& pass : all_passes()) {
    if (pass.transform && pass.optional) names.emplace(pass.name);
  }
  return names;
}

/// What a pass behind the graph passes makes of the graph, as text.
std::string lowered_text(const Graph& graph, const std::string& pass, const OptRequest& request) {
  PipelineOptions options;
  options.disabled = optional_transforms();
  options.target = target_named(request.cpu);
  std::string text;
  lower_program(graph, options, [&](std::string_view name, double, const std::function<std::string()>& dump) {
    if (name == pass) text = dump();
  });
  return text;
}

/// The graph after its graph passes, and the text to print: the graph's, or that of the last pass behind
/// them.
struct Optimised {
  Graph graph;
  std::string text;
};

const Pass& named_by_user(const std::string& name) {
  for (const Pass& pass : all_passes()) {
    if (pass.name == name && pass.part_of.empty()) return pass;
  }
  throw Error("--passes: no pass is named '{}'", name);
}

/// The passes that can be named, as help shows them.
std::string names_of_passes(bool transforms) {
  std::string names;
  for (const Pass& pass : all_passes()) {
    if ((pass.transform != nullptr) == transforms && pass.part_of.empty())
      names += (names.empty() ? "" : ", ") + std::string(pass.name);
  }
  return names;
}

Optimised optimise(Graph graph, const OptRequest& request) {
  std::string lowered;
  for (const std::string& name : request.passes) {
    const Pass& pass = named_by_user(name);
    if (!pass.transform) {
      lowered = lowered_text(graph, name, request);
      continue;
    }
    if (!lowered.empty())
      throw Error("--passes: {} works on a graph and cannot follow a pass that makes kernels", name);
    graph = pass.transform(graph);
    verify(graph);
  }
  std::string text = lowered.empty() ? print(graph) : lowered;
  return {std::move(graph), std::move(text)};
}

std::string values_text(const Elements<float>& elements) {
  constexpr size_t shown = 16;
  std::string text;
  const size_t count = std::max(elements.reals.size(), elements.ints.size());
  for (size_t i = 0; i < std::min(shown, count); ++i) {
    text +=
        elements.reals.empty() ? fmt::format(" {}", elements.ints[i]) : fmt::format(" {}", elements.reals[i]);
  }
  return text + (count > shown ? fmt::format(" ... {} more", count - shown) : "");
}

void print_outputs(const Environment<float>& outputs) {
  for (const auto& [name, elements] : outputs)
    fmt::print("# {} : {} ={}\n", name, to_string(elements.type), values_text(elements));
}

/// Elements as the machine has them: little-endian, of the type's width.
std::vector<std::byte> machine_bytes(const Elements<float>& elements) {
  const auto width = static_cast<size_t>(bytes_of(elements.type.dtype));
  const auto count = static_cast<size_t>(element_count(elements.type.shape));
  std::vector<std::byte> bytes(count * width);
  for (size_t i = 0; i < count; ++i) {
    const void* from =
        elements.type.dtype == DType::f32 ? static_cast<const void*>(&elements.reals[i]) : &elements.ints[i];
    std::memcpy(&bytes[i * width], from, width);
  }
  return bytes;
}

/// NaNs are all one.
bool same_bits(const Elements<float>& expected, const std::vector<std::byte>& got) {
  if (expected.type.dtype != DType::f32) return machine_bytes(expected) == got;
  for (size_t i = 0; i < expected.reals.size(); ++i) {
    float value = 0;
    std::memcpy(&value, &got[i * sizeof value], sizeof value);
    const float wanted = expected.reals[i];
    if (std::bit_cast<uint32_t>(value) != std::bit_cast<uint32_t>(wanted) &&
        !(std::isnan(value) && std::isnan(wanted)))
      return false;
  }
  return true;
}

std::vector<std::byte> result_bytes(const Session& session, const Graph& graph, const Output& output) {
  if (!output.updates) return session.output_bytes(0, output.name);
  return session.param_bytes(std::get<Param>(graph[*output.updates].op).name);
}

void set_inputs(Session& session, const Environment<float>& environment,
                std::vector<std::vector<std::byte>>& memory) {
  for (const Root& root : session.lowered(0).roots) {
    if (root.kind == Root::Kind::param)
      session.set_param_bytes(root.name, machine_bytes(environment.at(root.name)));
    if (root.kind != Root::Kind::input) continue;
    memory.push_back(machine_bytes(environment.at(root.name)));
    session.bind_bytes(0, root.name, memory.back());
  }
}

/// Runs the machine code; false when an output differs from the interpreter's.
bool run_and_compare(const Graph& graph, const Environment<float>& environment, const OptRequest& request) {
  SessionOptions options = request.compiler->session(request.cpu, request.threads);
  options.disabled_passes.merge(optional_transforms());
  Session session(std::move(options));
  session.add("graph", graph);
  std::vector<std::vector<std::byte>> memory;
  set_inputs(session, environment, memory);
  session.run(0);
  const Graph& meaning = session.lowered(0).graph;
  const Environment<float> expected = interpret(meaning, environment);
  bool all_equal = true;
  for (const Output& output : meaning.outputs()) {
    const bool equal = same_bits(expected.at(output.name), result_bytes(session, meaning, output));
    fmt::print("# run: {} : {} {}\n", output.name, to_string(meaning.type(output.value)),
               equal ? "bit equal to the interpreter" : "DIFFERS from the interpreter");
    all_equal &= equal;
  }
  return all_equal;
}

int opt(const OptRequest& request) {
  const Graph built = parse(read_text(request.file), request.file == "-" ? "<stdin>" : request.file);
  const Optimised result = optimise(built, request);
  fmt::print("{}", result.text);
  if (!result.text.ends_with('\n')) fmt::print("\n");
  if (request.verify) {
    verify(result.graph);
    fmt::print("# verified: {} nodes, {} outputs\n", result.graph.size(), result.graph.outputs().size());
  }
  if (!request.interpret && !request.run) return 0;
  const auto environment = random_environment<float>(result.graph, request.seed);
  if (request.interpret) print_outputs(interpret(result.graph, environment));
  return !request.run || run_and_compare(result.graph, environment, request) ? 0 : 1;
}

}  // namespace

Command add_opt(CLI::App& app) {
  auto request = std::make_shared<OptRequest>();
  app.add_option("file", request->file, "a graph as text; - is standard input")
      ->type_name("FILE.ir")
      ->required();
  app.add_option("--passes", request->passes,
                 "passes to run, in this order, with commas between: from graph to graph " +
                     names_of_passes(true) + "; behind them, to print what it says of the kernels, one of " +
                     names_of_passes(false))
      ->type_name("LIST")
      ->allow_extra_args(false)
      ->delimiter(',');
  app.add_flag("--verify", request->verify,
               "check the result once more and say so (every pass's result is checked in any case)");
  app.add_flag("--interpret", request->interpret,
               "interpret the result on random inputs and print its outputs");
  app.add_flag("--run", request->run,
               "run the result's machine code on the same inputs; exit code 1 unless it equals the "
               "interpreter bit for bit");
  app.add_option("--seed", request->seed, "of the random inputs")->type_name("INT")->capture_default_str();
  add_machine_options(app, request->cpu, request->threads, "--cpu,--target");
  request->compiler = add_compiler_options(app);
  return [request] { return opt(*request); };
}

}  // namespace cgan_jit::cli
