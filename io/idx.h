#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
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

/// Read IDX files of unsigned bytes (yann.lecun.com/exdb/mnist), plain or compressed with gzip. Throw Error
/// "FILE: what" when the file cannot be read, its gzip stream is damaged or ends early, the magic number is
/// another, fewer or more bytes follow than the header says, or pictures have no pixels or more than 2^22.
std::vector<uint8_t> read_idx_labels(const std::filesystem::path& file);

class IdxBody;

/// Knows how many labels an idx1-ubyte file promises before any is in memory.
class IdxLabelReader {
 public:
  /// `opened_as` is another name of the same file.
  IdxLabelReader(const std::filesystem::path& file, const std::filesystem::path& opened_as);
  ~IdxLabelReader();

  int64_t count() const { return count_; }
  /// All of them, once.
  std::vector<uint8_t> read();

 private:
  std::unique_ptr<IdxBody> body_;
  int64_t count_;
};

/// Gives an idx3-ubyte file's pictures in order, some at a time: they need not all be in memory.
class IdxImageReader {
 public:
  explicit IdxImageReader(const std::filesystem::path& file);
  /// `opened_as` is another name of the same file.
  IdxImageReader(const std::filesystem::path& file, const std::filesystem::path& opened_as);
  ~IdxImageReader();
  IdxImageReader(IdxImageReader&&) noexcept;

  int64_t count() const { return count_; }  // in the file
  int64_t left() const { return left_; }    // not read yet
  int rows() const { return rows_; }
  int cols() const { return cols_; }

  /// The next `pictures`, at most left(): `pixels` becomes [pictures][rows][cols]. With the last ones it is
  /// made sure that no bytes follow.
  void read(int64_t pictures, std::vector<uint8_t>& pixels);

 private:
  std::unique_ptr<IdxBody> body_;
  int64_t count_ = 0, left_ = 0;
  int rows_ = 0, cols_ = 0;
};

enum class Split { train, test };

/// The two files of one split in a folder.
struct SplitFiles {
  std::filesystem::path images, labels;
};

/// Finds train-images-idx3-ubyte and train-labels-idx1-ubyte (or t10k-...), with or without .gz, '-' or '.'
/// before "idx". Throws Error when the folder is missing, may not be read, or lacks a file.
SplitFiles find_split(const std::filesystem::path& folder, Split split);

/// A split whose pictures are yet to be read.
struct OpenSplit {
  std::vector<uint8_t> labels;
  IdxImageReader images;
};

/// Throw Error also when the two files disagree about the count, or when there are no pictures: their headers
/// say so before anything is read.
OpenSplit open_split(const SplitFiles& files);
OpenSplit open_split(const SplitFiles& files, const SplitFiles& opened_as);
ImageSet read_split(const SplitFiles& files);

/// Throws Error, naming `file` and the place, unless every label is below `n_classes`.
void check_labels(std::span<const uint8_t> labels, int n_classes, const std::filesystem::path& file);

}  // namespace cgan_jit::io
