#include "cli/bench_nets.h"

#include <fmt/format.h>

#include "bench/nets/nets.h"
#include "cli/bench_arithmetic.h"
#include "models/classifier.h"

namespace cgan_jit::cli {
namespace {

/// A step of one program, as models/ has it.
template <typename Config>
nets::TrainingStep step_of(const std::string& name, const Config& config, int64_t batch, int64_t data_count) {
  return {batch, {{name, models::training_step(config, batch, data_count)}}};
}

NamedNet with_batch(models::CganConfig model, int64_t batch) {
  model.batch_size = batch;
  return {fmt::format("batch {}", batch), cgan(model)};
}

std::vector<int64_t> scaled(std::vector<int64_t> widths, double factor) {
  for (int64_t& width : widths) width = static_cast<int64_t>(static_cast<double>(width) * factor);
  return widths;
}

NamedNet with_widths(models::CganConfig model, double factor) {
  model.generator_widths = scaled(model.generator_widths, factor);
  model.discriminator_widths = scaled(model.discriminator_widths, factor);
  return {fmt::format("widths x {}", factor), cgan(model)};
}

NamedNet with_classes(models::CganConfig model, int64_t n_classes) {
  model.n_classes = n_classes;
  return {fmt::format("n_classes {}", n_classes), cgan(model)};
}

}  // namespace

Net cgan(const models::CganConfig& model) {
  const auto step = [model](int64_t data_count) {
    return step_of("cgan", model, model.batch_size, data_count);
  };
  return {model.img_size, step,
          [model](const nets::TrainingStep&) { return models::least_gflop(model, model.batch_size); }};
}

Net classifier(const models::CganConfig& model) {
  const auto step = [batch = model.batch_size](int64_t data_count) {
    return step_of("classifier", models::ClassifierConfig{}, batch, data_count);
  };
  return {28, step, counted_gflop};
}

std::map<std::string, std::function<Net(const models::CganConfig&)>> nets_by_name() {
  std::map<std::string, std::function<Net(const models::CganConfig&)>> found{{"cgan", cgan},
                                                                             {"classifier", classifier}};
  for (const auto& [name, step] : nets::all()) {
    found[name] = [step](const models::CganConfig&) -> Net {
      return {0, [step](int64_t) { return step(); }, counted_gflop};
    };
  }
  return found;
}

std::vector<NamedNet> other_sizes(const models::CganConfig& model) {
  std::vector<NamedNet> sizes{with_batch(model, model.batch_size)};
  for (int64_t batch : {16, 50, 128, 256, 1024}) sizes.push_back(with_batch(model, batch));
  for (double factor : {2.0, 0.5}) sizes.push_back(with_widths(model, factor));
  sizes.push_back(with_classes(model, 10));
  sizes.push_back({"784-1000-1000-10", classifier(model)});
  return sizes;
}

}  // namespace cgan_jit::cli
