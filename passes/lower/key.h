#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

#include "ir/loops.h"

namespace cgan_jit::loop {

/// What a register holds, said in numbers: registers of equal keys hold equal values.
class Key {
 public:
  enum class Of : uint8_t { literal, splat, index, lane_ids, fn, quotient, remainder, word, load, value };

  explicit Key(Of of) : words_{static_cast<int64_t>(of)} {}

  Key& add(int64_t number) {
    words_.push_back(number);
    return *this;
  }
  Key& add(double number) { return add(std::bit_cast<int64_t>(number)); }
  Key& add(Reg reg) { return add(static_cast<int64_t>(reg)); }
  Key& add(std::optional<Reg> reg) { return reg ? add(*reg) : add(int64_t{-1}); }
  Key& add(const Index& index) {
    add(index.offset).add(static_cast<int64_t>(index.terms.size()));
    for (const auto& [var, coefficient] : index.terms) add(static_cast<int64_t>(var)).add(coefficient);
    return *this;
  }
  template <typename Regs>
  Key& add_all(const Regs& regs) {
    for (Reg reg : regs) add(reg);
    return *this;
  }

  auto operator<=>(const Key&) const = default;

 private:
  std::vector<int64_t> words_;
};

}  // namespace cgan_jit::loop
