#include <fmt/ranges.h>

#include "passes/memory/storage.h"

namespace cgan_jit {

namespace {

std::string text_of(const Stored& place) {
  return fmt::format("root {} {}", place.root, to_string(place.home));
}

}  // namespace

std::string print(const Storage& storage, const FusedGraph& fused) {
  static constexpr const char* kind_names[] = {"input", "param", "temporary", "output"};
  std::string text;
  for (size_t i = 0; i < storage.roots.size(); ++i) {
    const Root& root = storage.roots[i];
    text += fmt::format("root {} {}{}{} {} {} {} bytes\n", i, kind_names[static_cast<int>(root.kind)],
                        root.name.empty() ? "" : " ", root.name, to_string(root.type), to_string(root.layout),
                        root.bytes);
  }
  for (const auto& [value, place] : storage.homes)
    text += fmt::format("%{} in {}\n", index(value), text_of(place));
  for (const auto& [value, places] : storage.copies) {
    for (const Stored& place : places)
      text += fmt::format("%{} copied to {}\n", index(value), text_of(place));
  }
  for (const auto& [root, kernel] : storage.writer_of_param)
    text += fmt::format("kernel {} overwrites root {} in place\n", kernel, root);
  for (const LateCopy& copy : storage.late_copies)
    text += fmt::format("root {} is copied to root {} at the end\n", copy.from, copy.to);
  for (size_t k = 0; k < fused.kernels.size(); ++k) {
    if (storage.before[k].empty()) continue;
    text += fmt::format("kernel {} waits for {}\n", k, fmt::join(storage.before[k], ", "));
  }
  return text;
}

}  // namespace cgan_jit
