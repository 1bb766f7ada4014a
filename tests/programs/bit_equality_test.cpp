#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "codegen/jit.h"
#include "frontend/session.h"
#include "ir/interpret.h"
#include "ir/text.h"
#include "tests/support/random_graph.h"

// The law: machine code equals the float interpreter bit for bit, fused or not, at any thread count, on every
// instruction set.

namespace cgan_jit {
namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes_of_elements(const Elements<float>& elements) {
  const int64_t width = bytes_of(elements.type.dtype);
  const size_t count = static_cast<size_t>(element_count(elements.type.shape));
  Bytes bytes(count * width);
  for (size_t i = 0; i < count; ++i) {
    if (elements.type.dtype == DType::f32) {
      std::memcpy(&bytes[i * width], &elements.reals[i], width);
    } else {
      std::memcpy(&bytes[i * width], &elements.ints[i], width);  // little-endian, as the machine code is
    }
  }
  return bytes;
}

bool same_bits(float a, float b) {
  return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b) || (std::isnan(a) && std::isnan(b));
}

std::optional<std::string> difference(const std::string& name, const Elements<float>& expected,
                                      const Bytes& got) {
  if (expected.type.dtype != DType::f32) {
    if (bytes_of_elements(expected) != got) return fmt::format("{}: integers differ", name);
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

Bytes result_of(const Session& session, const std::string& name, bool is_param) {
  if (!is_param) return session.output_bytes(0, name);
  const std::vector<float> values = session.param(name);
  Bytes bytes(values.size() * sizeof(float));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

/// What differs when the graph runs as machine code with these options; nothing if all is well.
std::optional<std::string> complaint(const Graph& graph, const SessionOptions& options) {
  Session session(options);
  session.add("random", graph);
  const Graph& meaning = session.lowered(0).graph;
  const auto environment = random_environment<float>(graph, 11);
  std::vector<Bytes> inputs;
  std::map<std::string, bool> is_param;
  for (const Node& node : meaning.nodes()) {
    if (const auto* param = as<Param>(node))
      session.set_param(param->name, environment.at(param->name).reals);
  }
  for (const Root& root : session.lowered(0).roots) {
    if (root.kind != Root::Kind::input) continue;
    inputs.push_back(bytes_of_elements(environment.at(root.name)));
    session.bind(0, root.name, inputs.back().data());
  }
  session.run(0);
  const auto expected = interpret(meaning, environment);
  for (const Output& output : meaning.outputs()) {
    const std::string name = output.updates ? std::get<Param>(meaning[*output.updates].op).name : output.name;
    if (auto found = difference(output.name, expected.at(output.name),
                                result_of(session, name, output.updates.has_value())))
      return found;
  }
  return {};
}

std::vector<SessionOptions> variants(const std::string& cache_dir) {
  std::vector<SessionOptions> all;
  for (const char* cpu : {"x86-64-v3", "x86-64-v4"}) {
    if (!host_can_run(cpu)) continue;
    for (const bool fused : {true, false}) {
      for (const int threads : {1, 3}) {
        SessionOptions options;
        options.cpu = cpu;
        options.threads = threads;
        options.cache_dir = cache_dir;
        if (!fused) options.disabled_passes = {"fuse"};
        all.push_back(options);
      }
    }
  }
  return all;
}

std::optional<std::string> complaint_or_throw(const Graph& graph, const SessionOptions& options) {
  try {
    return complaint(graph, options);
  } catch (const std::exception& failure) { return failure.what(); }
}

uint64_t number_from(const char* variable, uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cgan_jit_test_XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Shards, so that tests run side by side. CGAN_JIT_GRAPHS is the number of graphs of all shards,
/// CGAN_JIT_FIRST_GRAPH the first seed.
class BitEquality : public testing::TestWithParam<int> {};
constexpr int shards = 8;

TEST_P(BitEquality, OfMachineCodeAndInterpreterOnRandomGraphs) {
  const TemporaryFolder cache;
  const uint64_t count = number_from("CGAN_JIT_GRAPHS", 2000), first = number_from("CGAN_JIT_FIRST_GRAPH", 1);
  for (uint64_t seed = first + GetParam(); seed < first + count; seed += shards) {
    const Graph graph = random_graph(seed);
    for (const SessionOptions& options : variants(cache.path())) {
      const auto found = complaint_or_throw(graph, options);
      if (!found) continue;
      const auto still_fails = [&](const Graph& smaller) {
        return complaint_or_throw(smaller, options).has_value();
      };
      const Graph smallest = shrunk(graph, still_fails);
      FAIL() << "seed " << seed << ", " << options.cpu
             << (options.disabled_passes.empty() ? ", fused, " : ", not fused, ") << options.threads
             << " threads: " << *found << "\nshrunk: " << *complaint_or_throw(smallest, options) << "\n"
             << print(smallest);
    }
  }
}

/// graphs/*.ir: each named after the law that it once broke.
TEST(BitEqualityOfGraphs, ThatOnceFailed) {
  const TemporaryFolder cache;
  const std::filesystem::path folder = std::filesystem::path(CGAN_JIT_SOURCE_DIR) / "tests/programs/graphs";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const Graph graph = parse(text, entry.path().filename().string());
    for (const SessionOptions& options : variants(cache.path())) {
      const auto found = complaint_or_throw(graph, options);
      EXPECT_FALSE(found) << entry.path() << ": " << found.value_or("");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shards, BitEquality, testing::Range(0, shards));

}  // namespace
}  // namespace cgan_jit
