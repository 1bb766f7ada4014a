#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "ir/error.h"

namespace cgan_jit::io {

/// Grey pictures and what they show. `pixels` is [count][rows][cols], 0 background, 255 full ink; `labels` is
/// [count].
struct ImageSet {
  int64_t count = 0;
  int rows = 0, cols = 0;
  std::vector<uint8_t> pixels, labels;
  bool operator==(const ImageSet&) const = default;
};

/// Pictures alone, as in an idx3-ubyte file.
struct IdxImages {
  int64_t count = 0;
  int rows = 0, cols = 0;
  std::vector<uint8_t> pixels;
};

/// Read IDX files of unsigned bytes (yann.lecun.com/exdb/mnist), plain or compressed with gzip. Throw Error
/// "FILE: what" when the file cannot be read, its gzip stream is damaged or ends early, the magic number is
/// another, fewer or more bytes follow than the header says, or pictures have no pixels.
IdxImages read_idx_images(const std::filesystem::path& file);
std::vector<uint8_t> read_idx_labels(const std::filesystem::path& file);

enum class Split { train, test };

/// The two files of one split in a folder.
struct SplitFiles {
  std::filesystem::path images, labels;
};

/// Finds train-images-idx3-ubyte and train-labels-idx1-ubyte (or t10k-...), with or without .gz, '-' or '.'
/// before "idx". Throws Error when the folder is missing, may not be read, or lacks a file.
SplitFiles find_split(const std::filesystem::path& folder, Split split);

/// Both files of a split. Throws Error also when they disagree about the count, or when there are no
/// pictures.
ImageSet read_split(const SplitFiles& files);

/// Throws Error, naming `file` and the place, unless every label is below `n_classes`.
void check_labels(std::span<const uint8_t> labels, int n_classes, const std::filesystem::path& file);

}  // namespace cgan_jit::io
