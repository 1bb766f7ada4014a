#include "cli/bench_nets.h"

#include <fmt/format.h>

#include "models/classifier.h"

namespace cgan_jit::cli {
namespace {

// Forward, weight gradients, and input gradients of all layers but the first.
double least_gflop(const models::ClassifierConfig& config, int64_t batch) {
  int64_t in = config.pixels, products = -in * config.widths.front();
  std::vector<int64_t> outs = config.widths;
  outs.push_back(config.classes);
  for (int64_t out : outs) {
    products += 3 * in * out;
    in = out;
  }
  return 2e-9 * static_cast<double>(batch * products);
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
  const double gflop = models::least_gflop(model, model.batch_size);
  return {model.img_size, gflop, [model, gflop](int64_t data_count) -> StepProgram {
            return {"cgan", models::training_step(model, model.batch_size, data_count), model.batch_size,
                    gflop, models::initial_params(model, 1)};
          }};
}

Net classifier(const models::CganConfig& model) {
  const int64_t batch = model.batch_size;
  const models::ClassifierConfig config;
  const double gflop = least_gflop(config, batch);
  return {28, gflop, [config, batch, gflop](int64_t data_count) -> StepProgram {
            return {"classifier", models::training_step(config, batch, data_count), batch, gflop,
                    models::initial_params(config, 1)};
          }};
}

std::map<std::string, Net (*)(const models::CganConfig&)> nets() {
  return {{"cgan", cgan}, {"classifier", classifier}};
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
