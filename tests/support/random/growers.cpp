#include "tests/support/random/growers.h"

namespace cgan_jit {

// A new line changes what every seed draws.
std::span<const Grower> growers() {
  static constexpr Grower table[] = {
      {"unary", 10, grow::unary},
      {"safe_unary", 6, grow::safe_unary},
      {"binary", 24, grow::binary},
      {"selected", 4, grow::selected},
      {"discontinuous", 3, grow::discontinuous},
      {"integers", 3, grow::integers},
      {"broadcast", 6, grow::broadcast},
      {"transposed", 5, grow::transposed},
      {"sliced", 8, grow::sliced},
      {"padded", 4, grow::padded},
      {"flipped", 2, grow::flipped},
      {"strided", 2, grow::strided},
      {"windows", 3, grow::windows},
      {"scattered", 4, grow::scattered},
      {"reduced", 10, grow::reduced},
      {"gathered", 3, grow::gathered},
      {"deposited", 3, grow::deposited},
      {"joined", 6, grow::joined},
      {"reshaped", 5, grow::reshaped},
      {"detached", 2, grow::detached},
      {"uniform", 3, grow::uniform},
      {"matmul", 16, grow::matmul},
      {"batched_matmul", 3, grow::batched_matmul},
      {"convolution", 3, grow::convolution},
      {"convolution2d", 3, grow::convolution2d},
      {"normalised", 4, grow::normalised},
      {"pooled", 4, grow::pooled},
      {"first_maximum", 3, grow::first_maximum},
      {"softmaxed", 3, grow::softmaxed},
      {"normalised_along", 2, grow::normalised_along},
      {"cumulated", 2, grow::cumulated},
      {"upsampled", 3, grow::upsampled},
      {"regrouped", 4, grow::regrouped},
      {"resampled", 2, grow::resampled},
      {"iota", 1, grow::iota},
      {"integer_products", 1, grow::integer_products},
  };
  return table;
}

}  // namespace cgan_jit
