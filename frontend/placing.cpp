#include "frontend/placing.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace cgan_jit {
namespace {

/// Elements that lie evenly apart: `count` of them from `place` on, `stride` apart.
struct Stretch {
  int64_t place = 0, stride = 1, count = 1;
};

/// Where a value's elements lie.
class Places {
 public:
  Places(const Shape& shape, const Layout& layout)
      : shape_(shape),
        layout_(layout),
        strides_(axis_strides(shape, layout)),
        block_stride_(block_stride(shape, layout)),
        last_(static_cast<int>(shape.size()) - 1) {
    while (last_ > 0 && shape[last_] == 1) --last_;
  }

  /// From row-major element `first` on, as far as its row goes.
  Stretch from(int64_t first) const {
    if (shape_.empty()) return {};
    const int64_t columns = shape_[last_], column = first % columns;
    const int64_t place = row_begin(first / columns) + distance(last_, column);
    if (layout_.lane_axis != last_) return {place, strides_[last_], columns - column};
    return {place, 1, std::min(layout_.width - column % layout_.width, columns - column)};
  }

 private:
  int64_t row_begin(int64_t row) const {
    int64_t place = 0;
    for (int axis = last_ - 1; axis >= 0; row /= shape_[axis], --axis)
      place += distance(axis, row % shape_[axis]);
    return place;
  }
  int64_t distance(int axis, int64_t at) const {
    if (axis != layout_.lane_axis) return at * strides_[axis];
    return at / layout_.width * block_stride_ + at % layout_.width;
  }

  const Shape& shape_;
  const Layout& layout_;
  std::vector<int64_t> strides_;
  int64_t block_stride_;
  int last_;  // axis along which neighbours lie
};

/// Calls visit(stretch, how many elements came before it) until `count` elements from `first` on were in one.
template <typename Visit>
void for_each_stretch(const Places& places, int64_t first, int64_t count, Visit visit) {
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
