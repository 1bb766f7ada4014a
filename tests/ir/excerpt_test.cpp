#include "ir/excerpt.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ir/error.h"
#include "ir/text.h"

namespace cgan_jit {
namespace {

TEST(Excerpt, PlainTextIsItself) {
  for (const char* text : {"", "generator.model.0.weight", "\"'\\ ~", "Größe", "重み", "\xf0\x9f\x98\x80"})
    EXPECT_EQ(excerpt(text), text);
}

TEST(Excerpt, WhatATerminalWouldObeyIsWrittenOut) {
  EXPECT_EQ(excerpt("\x1b[31m\n\t"), "\\x1b[31m\\x0a\\x09");
  EXPECT_EQ(excerpt(std::string_view("a\0b\x7f", 4)), "a\\x00b\\x7f");
  EXPECT_EQ(excerpt("\xc2\x9b"), "\\xc2\\x9b") << "the escape sequence's other beginning";
  EXPECT_EQ(excerpt("\xe2\x80\xae"), "\\xe2\\x80\\xae") << "right to left";
  EXPECT_EQ(excerpt("\xff\xc3"), "\\xff\\xc3");
}

TEST(Excerpt, LongTextsAreCut) {
  const std::string text = excerpt(std::string(5'000'000, 'x'));
  EXPECT_EQ(text, std::string(80, 'x') + "... (5000000 bytes)");
  EXPECT_LT(excerpt(std::string(1000, '\x1b')).size(), 120u);
  EXPECT_EQ(excerpt(std::string(80, 'x')), std::string(80, 'x'));
}

TEST(Excerpt, Utf8IsKnown) {
  for (const char* text : {"", "a", "ä", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(is_utf8(text)) << text;
  for (const char* text :
       {"\x80", "\xc0\xaf", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8"})
    EXPECT_FALSE(is_utf8(text)) << excerpt(text);
}

// Whatever a text holds, the message is one short line that a terminal shows and does not obey.
TEST(Excerpt, MessagesOfTheParserAreHarmless) {
  const std::string hostile = "\x1b]0;x\x07" + std::string(1'000'000, 'A'), word(1'000'000, 'w');
  std::string ones = "1";
  for (int i = 0; i < 100'000; ++i) ones += ",1";
  for (const std::string& body : std::vector<std::string>{
           word, "%" + word + " = " + word, "%0 = " + word + " %1", "%0 = input \"x\" : f32[" + word,
           "%0 = const " + word + " : f32[]", "\x1b[31m", "%0 = reduce " + word,
           "%0 = input \"" + hostile + "\" : f32[]\n%1 = input \"" + hostile + "\" : f32[1]",
           "%0 = input \"x\" : f32[2]\noutput \"" + hostile + "\" %0\noutput \"" + hostile + "\" %0",
           "%0 = input \"x\" : f32[" + ones + ",999999999999999]", "output \"x\" %" + word}) {
    try {
      parse("graph {\n" + body + "\n}\n", "a.ir");
      ADD_FAILURE() << "no Error: " << excerpt(body);
    } catch (const Error& error) {
      const std::string text = error.what();
      EXPECT_LT(text.size(), 500u) << excerpt(body);
      EXPECT_EQ(text.find_first_of(std::string_view("\x1b\x07\n", 3)), text.npos) << text;
    }
  }
}

}  // namespace
}  // namespace cgan_jit
