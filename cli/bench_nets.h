#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bench/nets/training_step.h"
#include "models/cgan.h"

namespace cgan_jit::cli {

/// A net whose training step can be measured.
struct Net {
  int64_t img_size = 0;  // pixels a side of the pictures that it reads; 0: its inputs are made up
  std::function<nets::TrainingStep(int64_t data_count)> step;
  std::function<double(const nets::TrainingStep&)> gflop;  // the least arithmetic of one step
};

Net cgan(const models::CganConfig& model);
/// 784-1000-1000-10, whatever the model's widths are: only its batch_size is used.
Net classifier(const models::CganConfig& model);

/// The nets above and those of bench/nets, by name. Made when asked for.
std::map<std::string, std::function<Net(const models::CganConfig&)>> nets_by_name();

struct NamedNet {
  std::string name;
  Net net;
};

/// The model itself, the model at other sizes, and a net that is no GAN.
std::vector<NamedNet> other_sizes(const models::CganConfig& model);

}  // namespace cgan_jit::cli
