#include <algorithm>

#include "ir/text.h"
#include "ir/verify.h"
#include "tests/fuzz/target.h"
#include "tests/support/bit_equality.h"
#include "tests/support/environments.h"

// Any text is refused with an Error, or is a graph: its text reads back as the same graph, every pass takes
// it, and its machine code equals the float interpreter bit for bit, fused or not, whatever the inputs hold.

namespace {

using namespace cgan_jit;

constexpr size_t most_nodes = 64;
constexpr double most_work = 1 << 14;  // elements computed, summed or moved

/// The product of the extents, an empty shape counted as if it held something: loops may be built around it.
double points(const Shape& shape) {
  double product = 1;
  for (int64_t extent : shape) product *= static_cast<double>(std::max<int64_t>(extent, 1));
  return product;
}

double work(const Graph& graph) {
  double total = 0;
  for (const Node& node : graph.nodes()) {
    const auto* contract = as<Contract>(node);
    total += points(node.type.shape) * (contract ? points(contract->summed) : 1);
    for (Value operand : node.operands) total += points(graph.shape(operand));
  }
  return total;
}

std::vector<SessionOptions> variants() {
  SessionOptions fused;
  fused.threads = 1;
  fused.cache_dir = CGAN_JIT_BINARY_DIR "/fuzz/cache";  // most kernels of a changed graph are as they were
  SessionOptions plain = fused;
  plain.disabled_passes = {"fuse", "layout", "simplify"};
  return {fused, plain};
}

void expect_equal_bits(const Graph& graph) {
  const auto random = random_environment<float>(graph, 11);
  for (const SessionOptions& options : variants()) {
    const auto found = bit_difference(graph, options, {random, extremes(random)});
    if (found) fuzz::broken(*found + (options.disabled_passes.empty() ? "" : " (without fusion)"));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const Graph graph = parse({reinterpret_cast<const char*>(data), size}, "input");
    if (parse(print(graph)) != graph) fuzz::broken("a graph's text reads back as the same graph");
    if (graph.outputs().empty() || graph.size() > most_nodes || work(graph) > most_work) return -1;
    expect_equal_bits(graph);
  } catch (const Error&) { return 0; } catch (const std::exception& error) {
    fuzz::broken(error.what());
  }
  return 0;
}
