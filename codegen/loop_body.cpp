#include "codegen/loop_body.h"

#include <algorithm>

#include "ir/overloaded.h"

namespace cgan_jit {

namespace {

using namespace loop;

void collect_assigned(const Block& block, std::set<Reg>& assigned) {
  const auto all = [&](const Block& inner) { collect_assigned(inner, assigned); };
  const auto one = [&](Reg reg) { assigned.insert(reg); };
  for (const Stmt& stmt : block)
    std::visit(Overloaded{
                   [&](const Load& s) { one(s.dst); },
                   [&](const Store&) {},
                   [&](const Literal& s) { one(s.dst); },
                   [&](const IndexValue& s) { one(s.dst); },
                   [&](const LaneIds& s) { one(s.dst); },
                   [&](const Splat& s) { one(s.dst); },
                   [&](const Compute& s) { one(s.dst); },
                   [&](const Copy& s) { one(s.dst); },
                   [&](const Divide& s) { one(s.quotient), one(s.remainder); },
                   [&](const PhiloxBlock& s) { std::for_each(s.dst.begin(), s.dst.end(), one); },
                   [&](const ReduceLanes& s) { one(s.dst); },
                   [&](const Transpose&) {},
                   [&](const Prefetch&) {},
                   [&](const For& s) { all(s.body); },
                   [&](const If& s) { all(s.then), all(s.otherwise); },
               },
               stmt.op);
}

/// Roughly how many instructions a block becomes.
int64_t size_of(const Block& block) {
  constexpr int64_t many = 100;
  int64_t size = 0;
  for (const Stmt& stmt : block)
    size += std::visit(Overloaded{
                           [](const PhiloxBlock&) { return many; },
                           [](const Transpose&) { return many; },
                           [](const For& s) { return s.unroll * size_of(s.body); },
                           [](const If& s) { return size_of(s.then) + size_of(s.otherwise); },
                           [](const auto&) { return int64_t{1}; },
                       },
                       stmt.op);
  return size;
}

}  // namespace

std::set<Reg> assigned_in(const Block& block) {
  std::set<Reg> assigned;
  collect_assigned(block, assigned);
  return assigned;
}

int worthwhile_copies(const For& loop) {
  constexpr int64_t enough = 256;
  int copies = loop.unroll;
  while (copies > 1 && copies * size_of(loop.body) > enough) copies /= 2;
  return copies;
}

}  // namespace cgan_jit
