#include "tests/support/bit_equality.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

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

/// The integer of that type which a word's lowest bits are.
int64_t element_of_word(int32_t word, DType dtype) {
  switch (dtype) {
    case DType::i32:
      return word;
    case DType::u32:
      return static_cast<uint32_t>(word);
    case DType::u8:
      return static_cast<uint8_t>(word);
    case DType::boolean:
      return word & 1;
    case DType::f32:
      break;
  }
  throw InternalError("internal error: f32 is no integer type");
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

Environment<float> extremes(Environment<float> environment) {
  using Limits = std::numeric_limits<float>;
  constexpr float reals[] = {
      0.0F,          -0.0F,          Limits::denorm_min(), -Limits::min(),      1.0F,
      Limits::max(), -Limits::max(), Limits::infinity(),   -Limits::infinity(), Limits::quiet_NaN(),
      1e9F,          -0.5F,          16777217.0F};
  constexpr int32_t words[] = {
      0, 1, -1, std::numeric_limits<int32_t>::max(), std::numeric_limits<int32_t>::min(), 31, 32};
  size_t next = 0;
  for (auto& [name, elements] : environment) {
    for (float& value : elements.reals) value = reals[next++ % std::size(reals)];
    for (int64_t& value : elements.ints)
      value = element_of_word(words[next++ % std::size(words)], elements.type.dtype);
  }
  return environment;
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
