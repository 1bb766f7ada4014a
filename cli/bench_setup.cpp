#include "cli/bench_setup.h"

#include <fmt/ranges.h>

#include "cli/data.h"
#include "cli/made_up_data.h"

namespace cgan_jit::cli {

Workload workload(const Net& net, const io::PreparedSet& pictures) {
  nets::TrainingStep step = net.step(pictures.count);
  if (step.batch > pictures.count)
    throw Error("batch_size: {}, but the data set has {} pictures", step.batch, pictures.count);
  const double gflop = net.gflop(step);
  return {std::move(step), gflop, training::picture_set(pictures)};
}

SessionOptions Bench::options(std::set<std::string> disabled) const {
  SessionOptions all = compiler.session(config.cpu, threads());
  all.disabled_passes.merge(disabled);
  return all;
}

io::PreparedSet Bench::data(int64_t img_size) const {
  const DataFacts facts = inspect_data(config.data, io::Split::train, config.model.n_classes);
  return prepare_in_background(facts, img_size, compiler.cache()).get();
}

Net Bench::only_net() const {
  if (models.size() > 1) throw Error("model: {}: one at a time", fmt::join(models, ","));
  return net(named_models().front());
}

Workload Bench::workload(const Net& net) const {
  if (net.img_size > 0) return cli::workload(net, data(net.img_size));
  nets::TrainingStep step = net.step(0);
  const double gflop = net.gflop(step);
  training::DataSet data = made_up_data(step);
  return {std::move(step), gflop, std::move(data)};
}

}  // namespace cgan_jit::cli
