#include "tests/support/bit_equality.h"

#include <bit>
#include <cmath>
#include <cstring>

namespace cgan_jit {
namespace {

using Bytes = std::vector<std::byte>;

bool same_bits(float a, float b) {
  return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b) || (std::isnan(a) && std::isnan(b));
}

std::optional<std::string> difference(const std::string& name, const Elements<float>& expected,
                                      const Bytes& got) {
  if (expected.type.dtype != DType::f32) {
    if (machine_bytes(expected) != got) return fmt::format("{}: integers differ", name);
    return {};
  }
  for (size_t i = 0; i < expected.reals.size(); ++i) {
    float value = 0;
    std::memcpy(&value, &got[i * sizeof(float)], sizeof(float));
    if (!same_bits(value, expected.reals[i]))
      return fmt::format("{}[{}]: {:a}, the interpreter has {:a}", name, i, value, expected.reals[i]);
  }
  return {};
}

Bytes result_of(const Session& session, const Graph& graph, const Output& output) {
  if (!output.updates) return session.output_bytes(0, output.name);
  return session.param_bytes(std::get<Param>(graph[*output.updates].op).name);
}

void run_in(Session& session, const Environment<float>& environment) {
  std::vector<Bytes> inputs;
  for (const Root& root : session.lowered(0).roots) {
    if (root.kind == Root::Kind::param)
      session.set_param_bytes(root.name, machine_bytes(environment.at(root.name)));
    if (root.kind != Root::Kind::input) continue;
    inputs.push_back(machine_bytes(environment.at(root.name)));
    session.bind_bytes(0, root.name, inputs.back());
  }
  session.run(0);
}

}  // namespace

std::vector<std::byte> machine_bytes(const Elements<float>& elements) {
  const auto width = static_cast<size_t>(bytes_of(elements.type.dtype));
  const auto count = static_cast<size_t>(element_count(elements.type.shape));
  Bytes bytes(count * width);
  for (size_t i = 0; i < count; ++i) {
    const void* from =
        elements.type.dtype == DType::f32 ? static_cast<const void*>(&elements.reals[i]) : &elements.ints[i];
    std::memcpy(&bytes[i * width], from, width);
  }
  return bytes;
}

std::optional<std::string> bit_difference(const Graph& graph, const SessionOptions& options,
                                          const std::vector<Environment<float>>& environments) {
  Session session(options);
  session.add("random", graph);
  const Graph& meaning = session.lowered(0).graph;
  for (const Environment<float>& environment : environments) {
    run_in(session, environment);
    const auto expected = interpret(meaning, environment);
    for (const Output& output : meaning.outputs()) {
      if (auto found = difference(output.name, expected.at(output.name), result_of(session, meaning, output)))
        return found;
    }
  }
  return {};
}

}  // namespace cgan_jit
