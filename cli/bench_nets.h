#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cli/step_loop.h"
#include "models/cgan.h"

namespace cgan_jit::cli {

/// A net whose training step can be measured.
struct Net {
  int64_t img_size = 0;  // pixels a side of the pictures that it reads
  double gflop = 0;      // the least arithmetic of one step
  std::function<StepProgram(int64_t data_count)> step;
};

Net cgan(const models::CganConfig& model);
/// 784-1000-1000-10, whatever the model's widths are: only its batch_size is used.
Net classifier(const models::CganConfig& model);

/// The nets above by name.
std::map<std::string, Net (*)(const models::CganConfig&)> nets();

struct NamedNet {
  std::string name;
  Net net;
};

/// The model itself, the model at other sizes, and a net that is no GAN.
std::vector<NamedNet> other_sizes(const models::CganConfig& model);

}  // namespace cgan_jit::cli
