#include "frontend/param_store.h"

#include <algorithm>
#include <cstring>

namespace cgan_jit {
namespace {

/// Elements that lie evenly apart: `count` of them from row-major element `first` on, stored from `place` on,
/// `stride` apart.
struct Stretch {
  int64_t first = 0, place = 0, stride = 1, count = 1;
};

/// Calls visit(stretch) until every element was in one.
template <typename Visit>
void for_each_stretch(const Type& type, const Layout& layout, Visit visit) {
  if (type.shape.empty()) return visit(Stretch{});
  const std::vector<int64_t> strides = axis_strides(type.shape, layout);
  const int64_t far = block_stride(type.shape, layout), columns = type.shape.back();
  const int last = static_cast<int>(type.shape.size()) - 1;
  const bool in_blocks = layout.lane_axis == last;
  const int64_t longest = in_blocks ? layout.width : columns;
  int64_t first = 0;
  for_each_point(Shape(type.shape.begin(), type.shape.end() - 1), [&](const std::vector<int64_t>& at) {
    int64_t row = 0;
    for (int axis = 0; axis < last; ++axis) {
      row += axis == layout.lane_axis ? at[axis] / layout.width * far + at[axis] % layout.width
                                      : at[axis] * strides[axis];
    }
    for (int64_t column = 0; column < columns; column += longest) {
      visit(Stretch{first + column, row + column / longest * far, in_blocks ? 1 : strides[last],
                    std::min(longest, columns - column)});
    }
    first += columns;
  });
}

/// Copies `count` elements of `width` bytes; from one to the next are that many elements.
template <size_t width>
void copy_strided(std::byte* to, int64_t to_stride, const std::byte* from, int64_t from_stride,
                  int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    std::memcpy(to + i * to_stride * width, from + i * from_stride * width, width);
}

void copy_elements(size_t width, std::byte* to, int64_t to_stride, const std::byte* from, int64_t from_stride,
                   int64_t count) {
  if (to_stride == 1 && from_stride == 1) {
    std::memcpy(to, from, static_cast<size_t>(count) * width);
  } else {
    const auto copy = width == 1 ? copy_strided<1> : copy_strided<4>;
    copy(to, to_stride, from, from_stride, count);
  }
}

size_t width_of(const Type& type) { return static_cast<size_t>(bytes_of(type.dtype)); }

void expect_size(const std::string& name, const Type& type, size_t bytes) {
  const size_t wanted = static_cast<size_t>(element_count(type.shape)) * width_of(type);
  if (bytes == wanted) return;
  if (bytes % width_of(type) == 0)
    throw Error("param '{}' is {}, but {} values are given", name, to_string(type), bytes / width_of(type));
  throw Error("param '{}' is {}, {} bytes, but {} are given", name, to_string(type), wanted, bytes);
}

void expect_bools(const std::string& name, std::span<const std::byte> values) {
  const auto odd = std::ranges::find_if(values, [](std::byte value) { return value > std::byte{1}; });
  if (odd != values.end())
    throw Error("param '{}' is bool, but element {} is {}", name, odd - values.begin(),
                static_cast<int>(*odd));
}

}  // namespace

const ParamStore::Stored& ParamStore::at(const std::string& name) const {
  const auto found = params_.find(name);
  if (found == params_.end()) throw Error("no param is named '{}'", name);
  return found->second;
}

void ParamStore::expect_types(const std::string& program, const Graph& graph) const {
  for (const Node& node : graph.nodes()) {
    const auto* param = as<Param>(node);
    const auto found = param ? params_.find(param->name) : params_.end();
    if (found == params_.end() || found->second.type == node.type) continue;
    throw Error("program '{}': param '{}' is {}, but an earlier program has it as {}", program, param->name,
                to_string(node.type), to_string(found->second.type));
  }
}

void ParamStore::claim(const std::vector<Root>& roots) {
  const auto is_new = [&](const Root& root) {
    return root.kind == Root::Kind::param && !params_.contains(root.name);
  };
  int64_t bytes = 0;
  for (const Root& root : roots) bytes += is_new(root) ? root.bytes : 0;
  arenas_.emplace_back(bytes);
  std::byte* next = arenas_.back().data();
  for (const Root& root : roots) {
    if (root.kind != Root::Kind::param) continue;
    const auto [param, fresh] = params_.emplace(root.name, Stored{root.type, root.layout, next});
    if (fresh) next += root.bytes;
    check(param->second.type == root.type && param->second.layout == root.layout,
          "param '{}' lies differently in two programs", root.name);
  }
}

std::vector<std::string> ParamStore::names() const {
  std::vector<std::string> names;
  for (const auto& entry : params_) names.push_back(entry.first);
  return names;
}

void ParamStore::read(const std::string& name, std::span<std::byte> row_major) const {
  const Stored& stored = at(name);
  expect_size(name, stored.type, row_major.size());
  const auto width = static_cast<int64_t>(width_of(stored.type));
  for_each_stretch(stored.type, stored.layout, [&](const Stretch& s) {
    copy_elements(width_of(stored.type), row_major.data() + s.first * width, 1, stored.data + s.place * width,
                  s.stride, s.count);
  });
}

void ParamStore::write(const std::string& name, std::span<const std::byte> row_major) {
  const Stored& stored = at(name);
  expect_size(name, stored.type, row_major.size());
  if (stored.type.dtype == DType::boolean) expect_bools(name, row_major);
  const auto width = static_cast<int64_t>(width_of(stored.type));
  for_each_stretch(stored.type, stored.layout, [&](const Stretch& s) {
    copy_elements(width_of(stored.type), stored.data + s.place * width, s.stride,
                  row_major.data() + s.first * width, 1, s.count);
  });
}

}  // namespace cgan_jit
