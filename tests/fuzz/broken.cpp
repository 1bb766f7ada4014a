#include <fmt/format.h>

#include <cstdlib>

#include "tests/fuzz/target.h"

namespace cgan_jit::fuzz {

void broken(const std::string& law) {
  fmt::print(stderr, "broken law: {}\n", law);
  std::abort();
}

}  // namespace cgan_jit::fuzz
