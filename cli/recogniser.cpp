#include "cli/recogniser.h"

#include <algorithm>

#include "io/resize.h"
#include "io/safetensors.h"

namespace cgan_jit::cli {
namespace {

constexpr int64_t pictures_at_once = 100;  // pictures: activations of so many stay in the cache

io::Safetensors read_file(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    throw Error("{}: no such file; --recogniser names a recogniser, `cgan_jit score --train` makes one",
                path.string());
  }
  io::Safetensors file = io::read_safetensors(path);
  const auto format = file.metadata.find("format");
  if (format == file.metadata.end() || format->second != recogniser_format)
    throw Error("{}: no recogniser of this version of cgan_jit", path.string());
  return file;
}

/// The sizes that a file's tensors have; `load` looks at the rest of them.
models::RecogniserConfig config_in(const io::Safetensors& file, const std::filesystem::path& path) {
  constexpr const char* last = "last.weight";
  constexpr int64_t most_classes = 256;  // labels are bytes
  const bool there = file.contains(last) && file.at(last).shape.size() == 2;
  const int64_t classes = there ? file.at(last).shape[0] : 0;
  if (classes < 1 || classes > most_classes) throw Error("{}: no recogniser: '{}'", path.string(), last);
  return {.classes = classes};
}

void load(Session& session, const io::Safetensors& file, const std::filesystem::path& path) {
  for (const std::string& name : session.param_names()) {
    if (!file.contains(name)) throw Error("{}: no recogniser: it lacks '{}'", path.string(), name);
    session.set_param(name, io::floats_of(file.at(name), session.param_type(name).shape));
  }
}

/// The place of the largest of `count` numbers.
uint8_t largest(const float* first, int64_t count) {
  return static_cast<uint8_t>(std::max_element(first, first + count) - first);
}

}  // namespace

std::vector<uint8_t> recogniser_view(std::span<const uint8_t> pixels, int64_t side) {
  const int from = static_cast<int>(side), to = static_cast<int>(models::RecogniserConfig{}.size);
  if (from == to) return {pixels.begin(), pixels.end()};
  return io::resize_bilinear(pixels, {from, from}, {to, to});
}

LabelledPictures recogniser_view(const io::PreparedSet& set) {
  return {recogniser_view(set.pixels, set.size), {set.labels.begin(), set.labels.end()}};
}

Recogniser::Recogniser(SessionOptions options, const std::filesystem::path& path)
    : session_(std::move(options)) {
  const io::Safetensors file = read_file(path);
  config_ = config_in(file, path);
  program_ = session_.add("recogniser", models::inference(config_, pictures_at_once));
  load(session_, file, path);
}

// The last pictures are filled up with black ones.
Recognition Recogniser::recognise(std::span<const uint8_t> pictures) {
  const auto count = static_cast<int64_t>(pictures.size()) / config_.pixels();
  Recognition result;
  result.width = config_.features;
  std::vector<uint8_t> batch(static_cast<size_t>(pictures_at_once * config_.pixels()));
  session_.bind(program_, "images", batch);
  for (int64_t first = 0; first < count; first += pictures_at_once) {
    const int64_t rows = std::min(pictures_at_once, count - first);
    std::fill(batch.begin(), batch.end(), uint8_t{0});
    std::copy_n(pictures.begin() + first * config_.pixels(), rows * config_.pixels(), batch.begin());
    session_.run(program_);
    const std::vector<float> logits = session_.output(program_, "logits");
    const std::vector<float> features = session_.output(program_, "features");
    for (int64_t row = 0; row < rows; ++row)
      result.labels.push_back(largest(logits.data() + row * config_.classes, config_.classes));
    result.features.insert(result.features.end(), features.begin(),
                           features.begin() + rows * config_.features);
  }
  return result;
}

}  // namespace cgan_jit::cli
