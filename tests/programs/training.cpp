#include "tests/programs/training.h"

#include <algorithm>
#include <bit>
#include <filesystem>
#include <span>

#include "ir/philox.h"

namespace cgan_jit {
namespace {

std::vector<uint8_t> random_bytes(int64_t count, uint32_t stream) {
  std::vector<uint8_t> bytes;
  for (uint32_t block = 0; static_cast<int64_t>(bytes.size()) < count; ++block) {
    for (uint32_t word : philox({block, stream, 0, 0}, {2023, 0})) bytes.push_back(word >> 24);
  }
  bytes.resize(count);
  return bytes;
}

/// Every row comes once before one comes again, as long as 37 divides no data set's size.
void choose_rows(StepInputs& inputs) {
  const int64_t batch = static_cast<int64_t>(inputs.indices.size());
  for (int64_t i = 0; i < batch; ++i) {
    inputs.indices[i] =
        static_cast<int32_t>((inputs.step * batch + i) * 37 % static_cast<int64_t>(inputs.labels.size()));
  }
}

template <typename Real, typename Int>
Elements<Real> elements_of(DType dtype, Shape shape, std::span<const Int> values) {
  return {{dtype, std::move(shape)}, {}, std::vector<int64_t>(values.begin(), values.end())};
}

bool same_bits(float a, float b) { return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b); }

constexpr uint64_t hash_start = 0xcbf29ce484222325;

uint64_t hashed(uint64_t hash, std::span<const std::byte> bytes) {
  for (std::byte byte : bytes) hash = (hash ^ std::to_integer<uint64_t>(byte)) * 0x100000001b3;
  return hash;
}

}  // namespace

StepInputs made_up_inputs(int64_t dataset_size, int64_t pixels, int64_t classes, int64_t batch) {
  StepInputs inputs;
  inputs.pixels = pixels;
  inputs.images = random_bytes(dataset_size * pixels, 0);
  inputs.labels = random_bytes(dataset_size, 1);
  for (uint8_t& label : inputs.labels) label = static_cast<uint8_t>(label % classes);
  inputs.indices.resize(batch);
  choose_rows(inputs);
  return inputs;
}

void advance(StepInputs& inputs) {
  ++inputs.step;
  choose_rows(inputs);
}

void bind(Session& session, Session::ProgramId program, const StepInputs& inputs) {
  session.bind(program, "images", inputs.images);
  session.bind(program, "labels", inputs.labels);
  session.bind(program, "indices", inputs.indices);
  session.bind(program, "seed", {&inputs.seed, 1});
  session.bind(program, "step", {&inputs.step, 1});
}

template <typename Real>
Environment<Real> environment_of(const StepInputs& inputs) {
  const int64_t size = static_cast<int64_t>(inputs.labels.size()),
                batch = static_cast<int64_t>(inputs.indices.size());
  return {
      {"images", elements_of<Real, uint8_t>(DType::u8, {size, inputs.pixels}, inputs.images)},
      {"labels", elements_of<Real, uint8_t>(DType::u8, {size}, inputs.labels)},
      {"indices", elements_of<Real, int32_t>(DType::i32, {batch}, inputs.indices)},
      {"seed", elements_of<Real, uint32_t>(DType::u32, {}, {&inputs.seed, 1})},
      {"step", elements_of<Real, uint32_t>(DType::u32, {}, {&inputs.step, 1})},
  };
}
template Environment<float> environment_of(const StepInputs&);
template Environment<double> environment_of(const StepInputs&);

template <typename Real>
void add_params(Environment<Real>& environment, const Session& session) {
  for (const std::string& name : session.param_names()) {
    const std::vector<float> values = session.param(name);
    environment[name] = {session.param_type(name), std::vector<Real>(values.begin(), values.end()), {}};
  }
}
template void add_params(Environment<float>&, const Session&);
template void add_params(Environment<double>&, const Session&);

std::optional<std::string> different_bits(const Session& session, Session::ProgramId program,
                                          const Environment<float>& expected) {
  const Graph& graph = session.lowered(program).graph;
  for (const Output& output : graph.outputs()) {
    const std::vector<float> got = output.updates ? session.param(as<Param>(graph[*output.updates])->name)
                                                  : session.output(program, output.name);
    const std::vector<float>& wanted = expected.at(output.name).reals;
    for (size_t i = 0; i < wanted.size(); ++i) {
      if (same_bits(got[i], wanted[i])) continue;
      return fmt::format("{}[{}] is {:a}, the interpreter has {:a}", output.name, i, got[i], wanted[i]);
    }
  }
  return {};
}

uint64_t hash_of_params(const Session& session) {
  std::vector<std::string> names = session.param_names();
  std::sort(names.begin(), names.end());
  uint64_t hash = hash_start;
  for (const std::string& name : names) {
    const std::vector<float> values = session.param(name);
    hash = hashed(hash, std::as_bytes(std::span(name)));
    hash = hashed(hash, std::as_bytes(std::span(values)));
  }
  return hash;
}

std::vector<std::string> runnable_cpus() {
  std::vector<std::string> cpus = {"x86-64-v3", "x86-64-v4"};
  std::erase_if(cpus, [](const std::string& cpu) { return !host_can_run(cpu); });
  return cpus;
}

models::CganConfig tiny_cgan() {
  models::CganConfig config;
  config.generator_widths = {18, 25, 21};
  config.discriminator_widths = {23, 20, 37};
  config.img_size = 9;
  config.n_classes = 12;
  config.latent_dim = 9;
  return config;
}

TemporaryFolder::TemporaryFolder()
    : path_((std::filesystem::temp_directory_path() / "cgan_jit_test_XXXXXX").string()) {
  check(mkdtemp(path_.data()) != nullptr, "no temporary folder at {}", path_);
}
TemporaryFolder::~TemporaryFolder() { std::filesystem::remove_all(path_); }

}  // namespace cgan_jit
