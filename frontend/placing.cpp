#include "frontend/placing.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "ir/home.h"

namespace cgan_jit {
namespace {

/// Elements that lie evenly apart: `count` of them from `place` on, `stride` apart.
struct Stretch {
  int64_t place = 0, stride = 1, count = 1;
};

/// Where a value's elements lie, as one walks over them row-major.
class Places {
 public:
  Places(const Shape& shape, const Layout& layout)
      : shape_(shape), home_(whole_home(shape, layout)), at_(shape.size()), last_(rank_of(shape) - 1) {
    while (last_ > 0 && shape[last_] == 1) --last_;
  }

  /// From row-major element `first` on, as far as its row and its block go.
  Stretch from(int64_t first) {
    if (shape_.empty()) return {};
    for (int axis = last_; axis >= 0; first /= shape_[axis], --axis) at_[axis] = first % shape_[axis];
    const int64_t in_row = shape_[last_] - at_[last_];
    const int64_t in_block = home_.cuts(last_) ? home_.width - at_[last_] % home_.width : in_row;
    return {offset_of(home_, at_), home_.strides[last_], std::min(in_row, in_block)};
  }

 private:
  const Shape& shape_;
  const Home home_;
  std::vector<int64_t> at_;
  int last_;  // axis along which neighbours lie
};

/// Calls visit(stretch, how many elements came before it) until `count` elements from `first` on were in one.
template <typename Visit>
void for_each_stretch(Places places, int64_t first, int64_t count, Visit visit) {
  for (int64_t done = 0; done < count;) {
    Stretch stretch = places.from(first + done);
    stretch.count = std::min(stretch.count, count - done);
    visit(stretch, done);
    done += stretch.count;
  }
}

/// Copies `count` elements of `width` bytes; from one to the next are that many elements.
template <int64_t width>
void copy_strided(std::byte* to, int64_t to_stride, const std::byte* from, int64_t from_stride,
                  int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    std::memcpy(to + i * to_stride * width, from + i * from_stride * width, width);
}

void copy_elements(int64_t width, std::byte* to, int64_t to_stride, const std::byte* from,
                   int64_t from_stride, int64_t count) {
  if (to_stride == 1 && from_stride == 1) {
    std::memcpy(to, from, static_cast<size_t>(count * width));
  } else {
    const auto copy = width == 1 ? copy_strided<1> : copy_strided<4>;
    copy(to, to_stride, from, from_stride, count);
  }
}

}  // namespace

void put_elements(const Type& type, const Layout& layout, std::byte* stored, int64_t first,
                  std::span<const std::byte> row_major) {
  const int64_t width = bytes_of(type.dtype), count = std::ssize(row_major) / width;
  for_each_stretch({type.shape, layout}, first, count, [&](const Stretch& s, int64_t done) {
    copy_elements(width, stored + s.place * width, s.stride, row_major.data() + done * width, 1, s.count);
  });
}

void get_elements(const Type& type, const Layout& layout, const std::byte* stored, int64_t first,
                  std::span<std::byte> row_major) {
  const int64_t width = bytes_of(type.dtype), count = std::ssize(row_major) / width;
  for_each_stretch({type.shape, layout}, first, count, [&](const Stretch& s, int64_t done) {
    copy_elements(width, row_major.data() + done * width, 1, stored + s.place * width, s.stride, s.count);
  });
}

}  // namespace cgan_jit
