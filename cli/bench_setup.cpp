#include "cli/bench_setup.h"

#include "cli/data.h"

namespace cgan_jit::cli {

SessionOptions Bench::options(std::set<std::string> disabled) const {
  SessionOptions all = compiler.session(config.cpu, threads());
  all.disabled_passes.merge(disabled);
  return all;
}

io::PreparedSet Bench::data(int64_t img_size) const {
  const DataFacts facts = inspect_data(config.data, io::Split::train, config.model.n_classes);
  return prepare_in_background(facts, img_size, compiler.cache()).get();
}

Workload Bench::workload(const Net& net) const {
  const io::PreparedSet pictures = data(net.img_size);
  return {net.step(pictures.count), pictures};
}

}  // namespace cgan_jit::cli
