#include "io/safetensors.h"

#include "tests/fuzz/target.h"

// Any bytes are refused with an Error, or read; what was read can be written, and reads back as the same.

namespace {

using namespace cgan_jit;

std::vector<io::TensorSource> sources_of(const io::Safetensors& file) {
  std::vector<io::TensorSource> sources;
  for (const io::StoredTensor& tensor : file.tensors) sources.push_back(io::source_of(tensor));
  return sources;
}

/// Tensors by name: writing may put them in another order.
std::map<std::string, io::StoredTensor> by_name(const io::Safetensors& file) {
  std::map<std::string, io::StoredTensor> tensors;
  for (const io::StoredTensor& tensor : file.tensors) tensors.emplace(tensor.name, tensor);
  return tensors;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  io::Safetensors file;
  try {
    file = io::from_safetensors(std::as_bytes(std::span(data, size)), "input");
  } catch (const Error&) { return 0; }
  const auto written = io::to_safetensors(sources_of(file), file.metadata);
  const io::Safetensors again = io::from_safetensors(written, "written");
  if (by_name(again) != by_name(file) || again.metadata != file.metadata)
    fuzz::broken("what was read and written reads back as the same");
  return 0;
}
