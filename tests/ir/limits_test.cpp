#include <gtest/gtest.h>

#include "ir/regrouping.h"
#include "ir/text.h"
#include "ir/verify.h"

// What has no meaning, or no number of 32 bits, is refused with its line.

namespace cgan_jit {
namespace {

std::string error_of(const std::string& body) {
  try {
    parse("graph {\n" + body + "\n}\n", "bad.ir");
  } catch (const Error& error) { return error.what(); }
  return "no error";
}

void expect_refused(const std::string& body) {
  EXPECT_NE(error_of(body).find("bad.ir:"), std::string::npos) << body << ": " << error_of(body);
}
void expect_accepted(const std::string& body) { EXPECT_EQ(error_of(body), "no error") << body; }

TEST(Limits, MapsLeadNowhereBeyond31Bits) {
  const std::string x = "%x = input \"x\" : f32[9]\n";
  expect_refused(x + "%y = reindex %x [i -> 2305843009213693952*i] : f32[9]");
  expect_refused(x + "%y = reindex %x [i -> 4294967296*i] : f32[9]");
  expect_refused(x + "%y = reindex %x [i -> 4294967296*i] : f32[1]");
  expect_refused(x + "%y = reindex %x [i -> 4294967296*i] : f32[0]");
  expect_refused(x + "%y = reindex %x [i -> 1073741824*i] : f32[9]");
  expect_refused(x + "%y = reindex %x [i -> -1073741824*i] : f32[9]");
  expect_refused(x + "%y = reindex %x [i -> i+9223372036854775807] : f32[9]");
  expect_refused(x + "%y = reindex %x [i,j -> 1073741824*i+1073741824*j] : f32[2,3]");
  expect_refused(x + "%y = scatter %x [i -> 1073741824*i] : f32[9]");
  expect_refused(x + "%y = reindex %x [i -> 9223372036854775807*i+9223372036854775807*i] : f32[9]");
  expect_refused(x + "%y = reindex %x [i -> 9223372036854775807+9223372036854775807+i] : f32[9]");
  expect_refused(x +
                 "%w = input \"w\" : f32[9]\n"
                 "%y = contract %x, %w [i,j,k -> i+4294967296*k] [i,j,k -> j] sum [2] : f32[9,9]");
  expect_accepted(x + "%y = reindex %x [i -> 1000000*i] : f32[9]");
}

TEST(Limits, InputsAreRowMajor) {
  expect_refused("%0 = input \"x\" : f32[3,5] @0/16");
  expect_refused("%0 = input \"x\" : f32[3,5] @1/16");
  expect_accepted("%0 = input \"x\" : f32[3,5] @1/5");
  expect_accepted("%0 = param \"x\" : f32[3,5] @0/16");
}

TEST(Limits, BlocksAreNoWiderThanTheirAxis) {
  for (const char* width : {"0", "-1", "-16", "65", "1099511627776", "9223372036854775807"})
    expect_refused("%0 = param \"w\" : f32[3,5] @0/" + std::string(width));
  for (const char* place : {"2/16", "-1/16", "0/6"}) {
    const bool legal = std::string(place) == "0/6";
    (legal ? expect_accepted : expect_refused)("%0 = param \"w\" : f32[3,5] @" + std::string(place));
  }
  expect_refused("%0 = param \"w\" : f32[1,16777216,16777216] @0/64");
}

TEST(Limits, ExtentsHaveNumbers) {
  expect_refused("%0 = input \"x\" : u8[2147483647]");
  expect_refused("%0 = input \"x\" : u8[0,9223372036854775807]");
  expect_refused("%0 = input \"x\" : u8[9223372036854775807,9223372036854775807]");
  expect_refused("%0 = input \"x\" : u8[16777216,16777216,2]");
  expect_accepted("%0 = input \"x\" : u8[60000,256,256]");
  expect_refused("%0 = iota 0 : i32[3000000000]");
  expect_refused(
      "%0 = param \"a\" : f32[65536,16777216]\n%1 = param \"b\" : f32[65536,16777216]\n"
      "%2 = contract %0, %1 [i,j,k -> i,k] [i,j,k -> j,k] sum [16777216] : f32[65536,65536]");
  std::string axes = "1";
  for (int axis = 0; axis < most_axes; ++axis) axes += ",1";
  expect_refused("%0 = input \"x\" : u8[" + axes + "]");
}

// Philox counts blocks, a scatter and a reshape elements, in 32 bits.
TEST(Limits, NumberedElementsAreFewEnough) {
  const std::string words = "%seed = input \"seed\" : u32[]\n%0 = random 1 %seed, %seed : u32[65536,";
  expect_refused(words + "65536]");
  expect_accepted(words + "1024]");
  const std::string x = "%0 = input \"x\" : u8[60000,256,256]\n";
  expect_accepted(x + "%1 = reshape %0 : u8[60000,65536]");
  expect_accepted(x + "%1 = reshape %0 : u8[1,60000,256,1,256]");
  expect_refused(x + "%1 = reshape %0 : u8[30000,131072]\n%2 = reshape %1 : u8[65536,60000]");
  expect_refused("%0 = input \"x\" : f32[9]\n%1 = scatter %0 [i -> i,i] : f32[65536,65536]");
}

TEST(Limits, NumbersFitTheirType) {
  for (const char* line :
       {"const nan : i32[2]", "const inf : u8[2]", "const -0.0 : i32[2]", "const 4294967296 : u32[2]",
        "const -2147483649 : i32[2]", "const 0.5 : bool[2]", "const nan : bool[2]"})
    expect_refused("%0 = " + std::string(line));
  expect_refused("%0 = input \"x\" : i32[3]\n%1 = reindex %0 [i -> i] fill nan : i32[4]");
  expect_refused("%0 = input \"x\" : bool[3]\n%1 = reindex %0 [i -> i] fill 2 : bool[4]");
  expect_accepted("%0 = input \"x\" : f32[3]\n%1 = reindex %0 [i -> i] fill nan : f32[4]");
}

// Every group holds as many elements on both sides, and the groups are the shapes.
TEST(Regrouping, CutsBothShapes) {
  const std::pair<Shape, Shape> pairs[] = {
      {{2, 3}, {6}},    {{6}, {2, 3}}, {{4, 6}, {6, 4}}, {{5, 4, 6}, {5, 24}}, {{5, 24}, {5, 4, 6}},
      {{}, {1, 1}},     {{1, 1}, {}},  {{1, 7, 1}, {7}}, {{7}, {1, 7, 1}},     {{2, 3, 4}, {2, 12, 1}},
      {{0, 3}, {7, 0}}, {{}, {}}};
  for (const auto& [from, to] : pairs) {
    Shape all_from, all_to;
    for (const Regrouping& group : regroupings(from, to)) {
      EXPECT_EQ(element_count(group.from), element_count(group.to));
      EXPECT_EQ(group.first_from, static_cast<int>(all_from.size()));
      EXPECT_EQ(group.first_to, static_cast<int>(all_to.size()));
      all_from.insert(all_from.end(), group.from.begin(), group.from.end());
      all_to.insert(all_to.end(), group.to.begin(), group.to.end());
    }
    EXPECT_EQ(all_from, from);
    EXPECT_EQ(all_to, to);
  }
  EXPECT_EQ(regroupings({5, 4, 6}, {5, 24}).size(), 2u);
}

}  // namespace
}  // namespace cgan_jit
