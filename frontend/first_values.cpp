#include "frontend/first_values.h"

#include <algorithm>
#include <array>

#include "frontend/draws.h"
#include "frontend/placing.h"
#include "frontend/report.h"
#include "ir/integer.h"
#include "passes/pipeline.h"

namespace cgan_jit {
namespace {

constexpr int64_t block_size = 2048;  // numbers: with their words they stay in a core's first cache

/// What a thread has at hand; the normal kernel's scratch lies behind it.
struct alignas(64) Block {
  std::array<uint32_t, block_size> words_1, words_2;
  std::array<float, block_size> numbers;
};

size_t offset_in_block(const std::string& root) {
  if (root == "words 1") return offsetof(Block, words_1);
  if (root == "words 2") return offsetof(Block, words_2);
  return offsetof(Block, numbers);
}

}  // namespace

/// The program `normals_of_words` of a block, compiled.
class NormalKernel {
 public:
  NormalKernel(Jit& jit, const Graph& graph) {
    LoweredProgram lowered = lower_program(graph, {.target = jit.target()});
    check(lowered.kernels.size() == 1, "first values take {} kernels", lowered.kernels.size());
    const LoweredKernel& kernel = lowered.kernels[0];
    for (size_t i = 0; i < kernel.buffers.size(); ++i)
      offsets_.push_back(offset_in_block(lowered.roots[kernel.buffers[i]].name) + kernel.starts[i]);
    check(offsets_.size() == 3, "first values lie in {} buffers", offsets_.size());
    units_ = kernel.loops.units;
    scratch_bytes_ = kernel.loops.scratch_bytes();
    code_ = jit.compile({&kernel.loops, 1}, {&kernel.name, 1})[0];
  }

  int64_t scratch_bytes() const { return scratch_bytes_; }
  /// Makes the block's words numbers.
  void run(Block& block) const {
    auto* memory = reinterpret_cast<std::byte*>(&block);
    void* const buffers[] = {memory + offsets_[0], memory + offsets_[1], memory + offsets_[2]};
    code_(buffers, memory + sizeof(Block), 0, units_);
  }

 private:
  std::vector<size_t> offsets_;
  int64_t units_ = 0, scratch_bytes_ = 0;
  KernelFn code_ = nullptr;
};

namespace {

/// What is drawn into one param.
struct Drawing {
  const StoredParam* param;
  Distribution distribution;
  uint32_t seed;
  const NormalKernel* normals;

  uint32_t stream() const { return 2 * param->number; }
};

void fill(const Drawing&, const ConstantInit& constant, int64_t, std::span<float> numbers, Block&) {
  std::ranges::fill(numbers, constant.value);
}

void fill(const Drawing& drawing, const UniformInit& uniform, int64_t first, std::span<float> numbers,
          Block& block) {
  const auto words = std::span(block.words_1).first(numbers.size());
  draw_words(drawing.seed, drawing.stream(), first, words);
  for (size_t i = 0; i < numbers.size(); ++i) {
    const float u = static_cast<float>(static_cast<int32_t>(words[i] >> 8)) * 0x1p-24f;
    numbers[i] = (2 * u - 1) * uniform.bound;
  }
}

// Words behind the last number are older ones, and what becomes of them nobody reads.
void fill(const Drawing& drawing, const NormalInit& normal, int64_t first, std::span<float> numbers,
          Block& block) {
  draw_words(drawing.seed, drawing.stream(), first, std::span(block.words_1).first(numbers.size()));
  draw_words(drawing.seed, drawing.stream() + 1, first, std::span(block.words_2).first(numbers.size()));
  drawing.normals->run(block);
  for (float& number : numbers) number *= normal.std;
  if (normal.mean == 0) return;  // else -0 would become 0
  for (float& number : numbers) number += normal.mean;
}

/// A kernel (runtime/abi.h) whose units are blocks of a param's elements, row-major, and its one buffer the
/// Drawing.
void draw_blocks(void* const* buffers, void* scratch, int64_t first, int64_t last) {
  const auto& drawing = *static_cast<const Drawing*>(buffers[0]);
  const StoredParam& param = *drawing.param;
  auto& block = *static_cast<Block*>(scratch);
  const int64_t count = element_count(param.type.shape), width = bytes_of(param.type.dtype);
  for (int64_t unit = first; unit < last; ++unit) {
    const int64_t begin = unit * block_size, size = std::min(block_size, count - begin);
    const auto numbers = std::span(block.numbers).first(static_cast<size_t>(size));
    std::visit([&](const auto& distribution) { fill(drawing, distribution, begin, numbers, block); },
               drawing.distribution);
    const auto bytes = std::as_bytes(numbers).first(static_cast<size_t>(size * width));
    put_elements(param.type, param.layout, param.data, begin, bytes);
  }
}

Distribution distribution_of(const StoredParam& param) {
  if (param.type.dtype != DType::f32 || !param.init) return ConstantInit{};
  return distribution_of(*param.init, param.type.shape);
}

}  // namespace

FirstValues::FirstValues(Jit& jit, Runner& runner) : jit_(jit), runner_(runner) {}
FirstValues::~FirstValues() = default;

const NormalKernel& FirstValues::normals() {
  if (!normals_) {
    const Graph graph = normals_of_words(block_size);
    normals_ = reporting(graph, [&] { return std::make_unique<NormalKernel>(jit_, graph); });
  }
  return *normals_;
}

void FirstValues::draw(const ParamStore& params, uint32_t seed) {
  std::vector<Drawing> drawings;
  Program program;
  program.scratch_bytes = sizeof(Block);
  for (const auto& [name, param] : params.all()) {
    Drawing& drawing = drawings.emplace_back(Drawing{&param, distribution_of(param), seed, nullptr});
    if (!std::holds_alternative<NormalInit>(drawing.distribution)) continue;
    drawing.normals = &normals();
    program.scratch_bytes = static_cast<int64_t>(sizeof(Block)) + normals().scratch_bytes();
  }
  Phase& phase = program.phases.emplace_back();
  for (Drawing& drawing : drawings) {
    const int64_t count = element_count(drawing.param->type.shape);
    phase.calls.push_back({draw_blocks, {&drawing}, ceil_div(count, block_size)});
  }
  runner_.prepare(program);
  runner_.run(program);
}

}  // namespace cgan_jit
