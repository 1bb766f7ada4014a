#pragma once

#include <string>
#include <vector>

#include "io/pen.h"

namespace cgan_jit::io {

/// A strip of pictures with its name to the left.
struct MontageRow {
  std::string name;
  Image strip;
};

/// Strips one below the other. Each column of pictures has a name above it, each row one beside it.
struct Montage {
  std::string title, row_name;
  std::vector<std::string> columns;  // spread evenly over the widest strip
  std::vector<MontageRow> rows;
};
Drawing montage(Montage montage);

}  // namespace cgan_jit::io
