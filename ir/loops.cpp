#include "ir/loops.h"

#include <algorithm>
#include <map>

#include "ir/integer.h"

namespace cgan_jit::loop {

Index operator+(const Index& a, const Index& b) {
  std::map<Var, int64_t> coefficients(a.terms.begin(), a.terms.end());
  for (const auto& [var, coefficient] : b.terms)
    coefficients[var] = wrapped_sum(coefficients[var], coefficient);
  Index sum{wrapped_sum(a.offset, b.offset), {}};
  for (const auto& term : coefficients) {
    if (term.second != 0) sum.terms.push_back(term);
  }
  return sum;
}

Index operator+(const Index& a, int64_t b) { return {wrapped_sum(a.offset, b), a.terms}; }

Index operator*(const Index& a, int64_t factor) {
  if (factor == 0) return {};
  Index product = a;
  product.offset = wrapped_product(product.offset, factor);
  for (auto& term : product.terms) term.second = wrapped_product(term.second, factor);
  std::erase_if(product.terms, [](const auto& term) { return term.second == 0; });
  return product;
}

Index index_of(Var var) { return {0, {{var, 1}}}; }

bool For::operator==(const For&) const = default;
bool If::operator==(const If&) const = default;

int64_t Kernel::scratch_bytes() const {
  int64_t bytes = 0;
  for (const ScratchArea& area : scratch) {
    bytes = std::max(bytes, area.byte_offset + area.elements * bytes_of(area.dtype));
  }
  return round_up(bytes, 64);
}

}  // namespace cgan_jit::loop
