#include "training/configuration.h"

#include <gtest/gtest.h>

#include "tests/io/files.h"

namespace cgan_jit::training {
namespace {

TEST(Configuration, NamesWhatDiffers) {
  const std::string now = R"({"lr": 0.1, "loss": "mse", "steps": 5, "new": 1})",
                    then = R"({"steps": 7, "loss": "bce", "old": [2], "lr": 0.1})";
  EXPECT_EQ(differences(now, then, {"steps"}),
            "loss is mse, not bce; new is 1, not absent; old is absent, not [2]");
  EXPECT_EQ(differences(now, now, {}), "");
  EXPECT_EQ(differences(now, then, {"steps", "loss", "new", "old"}), "");
}

// The order of keys and their spacing say nothing.
TEST(Configuration, IsWhatItsKeysSay) {
  EXPECT_EQ(differences("{\"a\":1,\"b\":2}", "{ \"b\": 2,\n \"a\": 1 }", {}), "");
}

// An excerpt of both would be the same.
TEST(Configuration, LongValuesDifferAtTheirEnds) {
  const std::string head(200, 'x');
  EXPECT_NE(differences("{\"a\": \"" + head + "1\"}", "{\"a\": \"" + head + "2\"}", {}), "");
}

TEST(Configuration, TakesNumbersThatItLacks) {
  const std::string some = with_number(R"({"lr": 0.1})", "seed", 3);
  EXPECT_EQ(some, "{\n  \"lr\": 0.1,\n  \"seed\": 3\n}\n");
  EXPECT_EQ(with_number(some, "seed", 4), some);
  EXPECT_EQ(number_in(some, "seed"), 3);
  EXPECT_EQ(number_in(some, "steps"), 0);
  EXPECT_EQ(number_in(R"({"steps": "many"})", "steps"), 0);
}

TEST(Configuration, IsAJsonObject) {
  for (const char* text : {"", "{", "[1]", "3", "{\"a\": }"}) {
    io::error_of([&] { with_number(text, "seed", 1); }, "is no JSON object");
    io::error_of([&] { number_in(text, "seed"); }, "is no JSON object");
    io::error_of([&] { differences("{}", text, {}); }, "is no JSON object");
  }
}

}  // namespace
}  // namespace cgan_jit::training
