#include "ir/index_map.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "examples.h"
#include "ir/row_access.h"

namespace cgan_jit {
namespace {

std::vector<IndexMap> some_maps() {
  return {identity_map(2), projection(2, {1, 0}), projection(2, {0, 0}),
          index_map(2, {{3, -2, 1}, {-1, 0, 2}}), index_map(2, {{0, 0, 0}, {7, 1, 1}})};
}

TEST(IndexMap, ComposingIsApplyingInTurn) {
  for (const IndexMap& first : some_maps()) {
    for (const IndexMap& second : some_maps()) {
      const IndexMap both = compose(second, first);
      for_each_point({3, 4}, [&](const std::vector<int64_t>& point) {
        EXPECT_EQ(both.at(point), second.at(first.at(point)))
            << to_string(second) << " after " << to_string(first);
      });
    }
  }
}

TEST(IndexMap, IdentityIsNeutral) {
  for (const IndexMap& map : some_maps()) {
    EXPECT_EQ(compose(map, identity_map(2)), map);
    EXPECT_EQ(compose(identity_map(2), map), map);
    EXPECT_EQ(is_identity(map), map == identity_map(2));
  }
}

TEST(IndexMap, RangeIsTheExactBoundOverTheBox) {
  const Shape domain = {3, 4};
  for (const IndexMap& map : some_maps()) {
    for (const Affine& result : map.results) {
      std::vector<int64_t> values;
      for_each_point(domain, [&](const std::vector<int64_t>& point) { values.push_back(result.at(point)); });
      const auto [low, high] = std::minmax_element(values.begin(), values.end());
      EXPECT_EQ(result.range(domain), std::pair(*low, *high)) << to_string(map);
    }
  }
}

TEST(IndexMap, InBoundsMeansEveryPointIs) {
  const Shape domain = {3, 4};
  for (const IndexMap& map : some_maps()) {
    for (const Shape& target : {Shape{3, 4}, Shape{4, 3}, Shape{7, 6}, Shape{8, 13}, Shape{0, 4}}) {
      bool inside = true;
      for_each_point(domain, [&](const std::vector<int64_t>& point) {
        const std::vector<int64_t> at = map.at(point);
        for (size_t i = 0; i < at.size(); ++i) inside = inside && at[i] >= 0 && at[i] < target[i];
      });
      EXPECT_EQ(in_bounds(map, domain, target), inside) << to_string(map) << to_string(target);
    }
  }
  EXPECT_TRUE(in_bounds(index_map(1, {{99, 1}}), {0}, {1})) << "an empty domain has no point outside";
}

TEST(IndexMap, ProjectionsAreRecognised) {
  EXPECT_EQ(as_projection(projection(3, {2, 0})), (std::vector<int>{2, 0}));
  EXPECT_EQ(as_projection(projection(3, {2, 2})), std::nullopt);
  EXPECT_EQ(as_projection(index_map(1, {{1, 1}})), std::nullopt);
  EXPECT_EQ(as_projection(index_map(1, {{0, 2}})), std::nullopt);
  EXPECT_EQ(as_projection(index_map(2, {{0, 1, 1}})), std::nullopt);
  EXPECT_EQ(as_projection(index_map(1, {{0, 0}})), std::nullopt);
}

TEST(IndexMap, PrintsEveryTerm) {
  EXPECT_EQ(to_string(index_map(3, {{-1, 1, 0, -2}, {0, 0, 0, 0}, {5, 0, -1, 0}})),
            "[i,j,k -> i-2*k-1,0,-j+5]");
  EXPECT_EQ(to_string(index_map(0, {})), "[ -> ]");
}

// Rows find the same elements as the map does point by point.
TEST(RowAccess, AgreesWithTheMap) {
  const Shape domain = {4, 5};
  for (const IndexMap& map : some_maps()) {
    for (const Shape& target : {Shape{3, 4}, Shape{8, 13}, Shape{2, 2}, Shape{0, 4}}) {
      const std::vector<int64_t> strides = row_major_strides(target);
      const RowAccess access(map, domain, target);
      for (int axis : {0, 1}) {
        for_each_row(domain, axis, [&](std::vector<int64_t> point) {
          const Row row = access.row(point, axis);
          for (int64_t j = 0; j < domain[axis]; ++j) {
            point[axis] = j;
            const std::vector<int64_t> at = map.at(point);
            const bool inside = at[0] >= 0 && at[0] < target[0] && at[1] >= 0 && at[1] < target[1];
            ASSERT_EQ(j >= row.begin && j < row.end, inside) << to_string(map) << to_string(target) << j;
            if (!inside) continue;
            ASSERT_EQ(row.base + j * row.stride, at[0] * strides[0] + at[1] * strides[1]);
          }
        });
      }
    }
  }
}

}  // namespace
}  // namespace cgan_jit
