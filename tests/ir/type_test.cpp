#include "ir/type.h"

#include <gtest/gtest.h>

#include <set>

#include "ir/home.h"

namespace cgan_jit {
namespace {

int64_t place_of(const std::vector<int64_t>& point, const Shape& shape, const Layout& layout) {
  return offset_of(whole_home(shape, layout), point);
}

TEST(Layout, PlacesEveryElementOnceWithinItsStorage) {
  const Shape shape = {5, 3, 70};
  for (const Layout& layout : {row_major(shape), Layout{0, 4}, Layout{1, 3}, Layout{2, 64}, Layout{0, 64},
                               Layout{0, 4, 1}, Layout{2, 16, 0}}) {
    std::set<int64_t> places;
    for_each_point(shape,
                   [&](const std::vector<int64_t>& point) { places.insert(place_of(point, shape, layout)); });
    EXPECT_EQ(static_cast<int64_t>(places.size()), element_count(shape));
    EXPECT_GE(*places.begin(), 0);
    EXPECT_LT(*places.rbegin(), stored_elements(shape, layout));
    EXPECT_EQ(stored_elements(shape, layout) % layout.width, 0) << "blocks are padded to their width";
  }
}

TEST(Layout, RowMajorIsOneBlock) {
  const Shape shape = {5, 3, 7};
  int64_t next = 0;
  for_each_point(shape, [&](const std::vector<int64_t>& point) {
    EXPECT_EQ(place_of(point, shape, row_major(shape)), next++);
  });
  EXPECT_EQ(stored_elements(shape, row_major(shape)), element_count(shape));
  EXPECT_EQ(stored_elements({}, row_major({})), 1);
  EXPECT_EQ(stored_elements({3, 0}, row_major({3, 0})), 0);
}

TEST(Shape, CountsAndStridesAgree) {
  for (const Shape& shape : {Shape{}, Shape{7}, Shape{2, 3, 4}, Shape{3, 0}}) {
    const std::vector<int64_t> strides = row_major_strides(shape);
    int64_t visited = 0;
    for_each_point(shape, [&](const std::vector<int64_t>& point) {
      int64_t place = 0;
      for (size_t axis = 0; axis < shape.size(); ++axis) place += point[axis] * strides[axis];
      EXPECT_EQ(place, visited++);
    });
    EXPECT_EQ(visited, element_count(shape));
  }
  EXPECT_EQ(to_string(Type{DType::boolean, {2, 3}}), "bool[2,3]");
}

}  // namespace
}  // namespace cgan_jit
