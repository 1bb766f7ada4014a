#include "passes/lower/rebase.h"

#include <algorithm>
#include <limits>

#include "ir/integer.h"
#include "ir/overloaded.h"

namespace cgan_jit {
namespace {

using loop::Address;
using loop::Block;
using loop::Index;

constexpr int64_t grain = 64;  // elements: buffers stay aligned to 64 bytes

/// Elements from the first to the last that something may touch.
struct Span {
  int64_t first = std::numeric_limits<int64_t>::max(), last = -1;
  bool found_at_run_time = false;
};

class Rebaser {
 public:
  explicit Rebaser(loop::Kernel& kernel)
      : kernel_(kernel), ranges_(kernel.var_count), spans_(kernel.buffers.size()) {
    ranges_[static_cast<uint32_t>(kernel.unit)] = {0, std::max<int64_t>(kernel.units, 1) - 1};
    for (Block* block : {&kernel.prologue, &kernel.body})
      each_address(*block, [&](Address& address, int64_t reach) { widen(address, reach); });
  }

  /// Moves buffer `number`; by how many elements.
  int64_t move(size_t number) {
    const Span& span = spans_[number];
    loop::Buffer& buffer = kernel_.buffers[number];
    if (span.first > span.last) return 0;
    const int64_t start = std::max<int64_t>(0, floor_div(span.first, grain) * grain);
    if (start >= buffer.elements) return 0;
    buffer.elements -= start;
    if (!span.found_at_run_time)
      buffer.elements = std::min(buffer.elements, round_up(span.last + 1 - start, grain));
    for (Block* block : {&kernel_.prologue, &kernel_.body}) {
      each_address(*block, [&](Address& address, int64_t) {
        if (static_cast<size_t>(address.buf) == number) address.index.offset -= start;
      });
    }
    return start;
  }

 private:
  using Range = std::pair<int64_t, int64_t>;

  Range range_of(const Index& index) const {
    Range range{index.offset, index.offset};
    for (const auto& [var, coefficient] : index.terms) {
      const auto& [low, high] = ranges_[static_cast<uint32_t>(var)];
      const int64_t one = saturated_product(coefficient, low), other = saturated_product(coefficient, high);
      range.first = saturated_sum(range.first, std::min(one, other));
      range.second = saturated_sum(range.second, std::max(one, other));
    }
    return range;
  }

  void widen(const Address& address, int64_t reach) {
    const auto number = static_cast<size_t>(address.buf);
    if (number >= spans_.size() || reach < 0) return;
    Span& span = spans_[number];
    const auto [low, high] = range_of(address.index);
    span.first = std::min(span.first, low);
    span.last = std::max(span.last, saturated_sum(high, reach));
    span.found_at_run_time = span.found_at_run_time || address.plus || !address.far.empty();
  }

  bool is_vector(loop::Reg reg) const { return kernel_.regs[static_cast<uint32_t>(reg)].vector; }
  int64_t reach_of(loop::Reg value) const { return is_vector(value) ? loop::lanes - 1 : 0; }

  /// Calls visit(address, how far behind it elements are touched; -1: none are) in every statement, with the
  /// ranges of the variables around it known.
  template <typename Visit>
  void each_address(Block& block, const Visit& visit) {
    constexpr int64_t last = loop::lanes - 1;
    for (loop::Stmt& stmt : block) {
      std::visit(Overloaded{[&](loop::Load& load) { visit(load.from, reach_of(load.dst)); },
                            [&](loop::Store& store) { visit(store.to, reach_of(store.value)); },
                            [&](loop::Transpose& transpose) {
                              visit(transpose.from, last * transpose.from_stride + last);
                              visit(transpose.to, last * transpose.to_stride + last);
                            },
                            [&](loop::Prefetch& prefetch) { visit(prefetch.address, -1); },
                            [&](loop::For& loop) {
                              enter(loop);
                              each_address(loop.body, visit);
                            },
                            [&](loop::If& branch) {
                              each_address(branch.then, visit);
                              each_address(branch.otherwise, visit);
                            },
                            [](loop::Literal&) {}, [](loop::IndexValue&) {}, [](loop::LaneIds&) {},
                            [](loop::Splat&) {}, [](loop::Compute&) {}, [](loop::Copy&) {},
                            [](loop::Divide&) {}, [](loop::PhiloxBlock&) {}, [](loop::ReduceLanes&) {}},
                 stmt.op);
    }
  }

  void enter(const loop::For& loop) {
    Range range{range_of(loop.begin).first, std::numeric_limits<int64_t>::max()};
    for (const Index& end : loop.ends) range.second = std::min(range.second, range_of(end).second - 1);
    range.second = std::max(range.second, range.first);
    ranges_[static_cast<uint32_t>(loop.var)] = range;
  }

  loop::Kernel& kernel_;
  std::vector<Range> ranges_;
  std::vector<Span> spans_;
};

}  // namespace

LoweredKernel rebased(LoweredKernel kernel) {
  Rebaser rebaser(kernel.loops);
  for (size_t i = 0; i < kernel.buffers.size(); ++i)
    kernel.starts.push_back(rebaser.move(i) * bytes_of(kernel.loops.buffers[i].dtype));
  return kernel;
}

}  // namespace cgan_jit
