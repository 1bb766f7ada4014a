#include "frontend/session.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "frontend/cgan_jit.h"
#include "frontend/report.h"
#include "ir/text.h"
#include "tests/frontend/sessions.h"

namespace cgan_jit {
namespace {

// Law: a param of any type, shape and layout comes back as it was set, and a run works on it.
TEST(SessionParams, OfEveryTypeGoInAndOut) {
  for (const DType dtype : {DType::f32, DType::i32, DType::u32, DType::u8, DType::boolean}) {
    for (const Shape& shape : {Shape{}, Shape{1}, Shape{17}, Shape{3, 70}}) {
      Builder builder;
      const Tensor p = builder.state("p", {dtype, shape});
      builder.output("p as i32", cast(p, DType::i32));
      Session session(plain(2));
      const auto program = session.add("p", builder.build());
      std::vector<std::byte> values(static_cast<size_t>(element_count(shape) * bytes_of(dtype)));
      EXPECT_EQ(session.param_bytes("p"), values);
      const int range = dtype == DType::boolean ? 2 : 100;
      for (size_t i = 0; i < values.size(); ++i) values[i] = std::byte(i * 7 % range);
      session.set_param_bytes("p", values);
      session.run(program);
      EXPECT_EQ(session.param_bytes("p"), values) << to_string(session.param_type("p"));
    }
  }
}

TEST(SessionParams, IntegersCountFromRunToRun) {
  Builder builder;
  const Tensor n = builder.state("num_batches_tracked", {DType::i32, {}});
  builder.update(n, n + 1);
  Session session(plain());
  const auto program = session.add("count", builder.build());
  session.set_param_bytes("num_batches_tracked", as_bytes(std::vector<int32_t>{41}));
  session.run(program);
  EXPECT_EQ(session.param_bytes("num_batches_tracked"), as_bytes(std::vector<int32_t>{42}));
  session.initialize(1);
  EXPECT_EQ(session.param_bytes("num_batches_tracked"), as_bytes(std::vector<int32_t>{0}));
}

// Law: the float forms take f32 alone, and every size is looked at.
TEST(SessionParams, OfAnotherTypeOrSizeAreRefused) {
  Builder builder;
  const Tensor few = builder.state("few", {DType::u8, {3}});
  const Tensor flags = builder.state("flags", {DType::boolean, {4}});
  const Tensor real = builder.param("real", {2}, NormalInit{});
  builder.output("all", concat({cast(few, DType::f32), cast(flags, DType::f32), real}, 0));
  Session session(plain(1));
  session.add("all", builder.build());
  std::vector<float> floats(3);
  EXPECT_EQ(told([&] { session.param("few"); }), "param 'few' is u8[3], not f32");
  EXPECT_EQ(told([&] { session.read_param("few", floats); }), "param 'few' is u8[3], not f32");
  EXPECT_EQ(told([&] { session.set_param("few", floats); }), "param 'few' is u8[3], not f32");
  EXPECT_EQ(told([&] { session.set_param("real", floats); }),
            "param 'real' is f32[2], but 3 values are given");
  EXPECT_EQ(told([&] { session.set_param_bytes("real", std::vector<std::byte>(7)); }),
            "param 'real' is f32[2], 8 bytes, but 7 are given");
  std::vector<std::byte> four(4, std::byte{1});
  EXPECT_EQ(told([&] { session.read_param_bytes("few", four); }),
            "param 'few' is u8[3], but 4 values are given");
  four[2] = std::byte{2};
  EXPECT_EQ(told([&] { session.set_param_bytes("flags", four); }),
            "param 'flags' is bool, but element 2 is 2");
  EXPECT_EQ(told([&] { session.param_bytes("nobody"); }),
            "no param is named 'nobody'; there are: few, flags, real");
}

// Law: a param that a program declares is there, whether or not anything reads it; once another program reads
// it, it has the values that it was given.
TEST(SessionParams, AreAllThatAProgramDeclares) {
  for (const std::set<std::string>& disabled : {std::set<std::string>{}, {"layout"}}) {
    SessionOptions options = plain(2);
    options.disabled_passes = disabled;
    Session session(options);
    Builder first, second;
    first.param("unread", {40, 70}, NormalInit{});
    first.state("count", {DType::i32, {}});
    first.output("y", first.param("read", {3}, ConstantInit{2}) * 2);
    second.output("twice", second.param("unread", {40, 70}, NormalInit{}) * 2);
    session.add("first", first.build());
    EXPECT_EQ(session.param_names(), (std::vector<std::string>{"count", "read", "unread"}));
    EXPECT_EQ(session.param("unread"), std::vector<float>(40 * 70));
    std::vector<float> values = normal_values(3, 0, 40 * 70);
    session.set_param("unread", values);
    const auto program = session.add("second", second.build());
    EXPECT_EQ(session.param("unread"), values);
    session.run(program);
    for (float& value : values) value *= 2;
    EXPECT_EQ(session.output(program, "twice"), values);
  }
}

// Law: where a graph says how a param lies, it lies so.
TEST(SessionParams, LieAsTheGraphSays) {
  SessionOptions options = plain(1);
  options.disabled_passes = {"layout"};
  Session session(options);
  session.add("p", parse("graph {\n%w = param \"w\" : f32[20,33] @0/32\n%y = neg %w : f32[20,33] @0/32\n"
                         "output \"y\" %y\n}\n"));
  std::vector<float> values = normal_values(3, 0, 20 * 33);
  session.set_param("w", values);
  session.run(0);
  for (float& value : values) value = -value;
  EXPECT_EQ(session.output(0, "y"), values);
}

Graph reader_of(const std::string& name, const Type& type) {
  Builder builder;
  builder.output("out", detach(builder.state(name, type)));
  return builder.build();
}

// Law: a param has one type in all programs of a session, whatever differs; the session goes on.
TEST(SessionParams, HaveOneTypeInAllPrograms) {
  Session session(plain(1));
  session.add("first", reader_of("p", {DType::f32, {4, 6}}));
  const std::vector<Type> others = {{DType::f32, {}},     {DType::f32, {24}},      {DType::f32, {4, 6, 1}},
                                    {DType::f32, {6, 4}}, {DType::f32, {4, 6, 2}}, {DType::i32, {4, 6}}};
  for (const Type& type : others) {
    EXPECT_EQ(told([&] { session.add("second", reader_of("p", type)); }),
              fmt::format("program 'second': param 'p' is {}, but an earlier program has it as f32[4,6]",
                          to_string(type)));
  }
  EXPECT_EQ(session.add("third", reader_of("p", {DType::f32, {4, 6}})), 1);
}

TEST(SessionMistakes, AreErrors) {
  EXPECT_NE(told([] { Session session(plain(-1)); }), "nothing");
  Session session(plain(1));
  EXPECT_EQ(told([&] { session.run(0); }), "the session has no program 0");
  EXPECT_EQ(told([&] { session.output(-1, "x"); }), "the session has no program -1");
  Builder builder;
  builder.output("y", builder.input("x", DType::f32, {2}) + 1);
  const auto program = session.add("p", builder.build());
  EXPECT_EQ(told([&] { session.run(program); }), "program 'p': input 'x' is not bound");
  EXPECT_EQ(told([&] { session.output(program, "z"); }), "program 'p' has no output 'z'; there are: y");
}

/// y = x + 1 for f32[2], beside an input of every other type, one of them without elements; none of those is
/// read.
Graph reader_of_x() {
  return parse(R"(graph {
    %x = input "x" : f32[2]
    %words = input "words" : u32[3]
    %bytes = input "bytes" : u8[3]
    %counts = input "counts" : i32[]
    %flags = input "flags" : bool[2]
    %none = input "none" : f32[0,4]
    %one = const 1 : f32[2]
    %y = add %x, %one : f32[2]
    output "y" %y
  })");
}

// Law: every input that the program declares may be bound, whether or not anything reads it.
TEST(SessionInputs, AreAllThatTheProgramDeclares) {
  Session session(plain(1));
  const auto program = session.add("p", reader_of_x());
  const std::vector<float> x = {1, 2};
  const std::vector<uint32_t> words(3);
  const std::vector<uint8_t> bytes(3);
  const int32_t count = 7;
  session.bind(program, "x", x);
  session.run(program);
  const std::vector<float> expected = {2, 3};
  EXPECT_EQ(session.output(program, "y"), expected) << "what is not read need not be bound";
  session.bind(program, "words", words);
  session.bind(program, "bytes", bytes);
  session.bind(program, "counts", {&count, 1});
  session.bind(program, "none", std::span<const float>{});
  session.bind_bytes(program, "flags", as_bytes(std::vector<uint8_t>{0, 1}));
  session.run(program);
  EXPECT_EQ(session.output(program, "y"), expected);
}

// Law: type and number of what is bound are looked at, read or not; the text says program, input, its type,
// and what was given.
TEST(SessionInputs, OfAnotherTypeSizeOrNameAreRefused) {
  Session session(plain(1));
  const auto program = session.add("p", reader_of_x());
  const std::vector<float> floats(3);
  const std::vector<int32_t> integers(2);
  const std::vector<uint32_t> words(2);
  const std::vector<uint8_t> bytes(3);
  const auto bound = [&](const std::string& name, const auto& values) {
    return told([&] { session.bind(program, name, values); });
  };
  EXPECT_EQ(bound("x", floats), "program 'p': input 'x' is f32[2], but 3 values are given");
  EXPECT_EQ(bound("x", std::span<const float>{}), "program 'p': input 'x' is f32[2], but 0 values are given");
  EXPECT_EQ(bound("x", integers), "program 'p': input 'x' is f32[2], not i32");
  EXPECT_EQ(bound("x", words), "program 'p': input 'x' is f32[2], not u32");
  EXPECT_EQ(bound("x", bytes), "program 'p': input 'x' is f32[2], not u8");
  EXPECT_EQ(bound("bytes", floats), "program 'p': input 'bytes' is u8[3], not f32");
  EXPECT_EQ(bound("flags", bytes), "program 'p': input 'flags' is bool[2], not u8");
  EXPECT_EQ(bound("words", words), "program 'p': input 'words' is u32[3], but 2 values are given");
  EXPECT_EQ(bound("none", floats), "program 'p': input 'none' is f32[0,4], but 3 values are given");
  EXPECT_EQ(told([&] { session.bind_bytes(program, "x", as_bytes(bytes)); }),
            "program 'p': input 'x' is f32[2], 8 bytes, but 3 are given");
  EXPECT_EQ(bound("z", floats),
            "program 'p' has no input 'z'; there are: bytes, counts, flags, none, words, x");
  EXPECT_EQ(told([&] { session.run(program); }), "program 'p': input 'x' is not bound");
}

TEST(SessionInputs, OfVeryManyTheFirstAreTold) {
  Builder builder;
  for (int i = 0; i < 23; ++i) builder.input(fmt::format("{:02}", i), DType::f32, {});
  builder.output("y", builder.constant(0));
  Session session(plain(1));
  session.add("p", builder.build());
  const std::string text = told([&] { session.bind(0, "z", std::span<const float>{}); });
  EXPECT_TRUE(text.ends_with("18, 19 and 3 more")) << text;
}

/// The file that a message names between "graph in " and ';'.
std::string kept_graph(const std::string& message) {
  const std::string before = "the graph in ";
  const size_t begin = message.find(before) + before.size();
  return message.substr(begin, message.find(';', begin) - begin);
}

// Law: when the compiler is wrong, the graph is kept for its makers, for nobody else's eyes, and the message
// says so.
TEST(InternalErrors, KeepTheGraph) {
  const Graph graph = reader_of("p", {DType::f32, {4, 6}});
  std::string message;
  try {
    reporting(graph, [] { check(false, "a law does not hold"); });
  } catch (const InternalError& error) { message = error.what(); }
  EXPECT_TRUE(message.starts_with("internal error: a law does not hold\n")) << message;
  EXPECT_NE(message.find("report"), std::string::npos);
  const std::string file = kept_graph(message);
  std::ifstream stream(file);
  const std::string text((std::istreambuf_iterator<char>(stream)), {});
  EXPECT_EQ(parse(text), graph);
  struct stat about {};
  ASSERT_EQ(::stat(file.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  std::filesystem::remove(file);
}

TEST(InternalErrors, OfCompilingNameTheFile) {
  Graph wrong;  // what no Builder makes
  const Value x = wrong.add(Input{"x"}, {}, {DType::f32, {2}});
  wrong.add_output("twice", x);
  wrong.add_output("twice", x);
  Session session(plain(1));
  std::string message;
  try {
    session.add("wrong", wrong);
  } catch (const InternalError& error) { message = error.what(); }
  EXPECT_TRUE(std::filesystem::remove(kept_graph(message))) << message;
  EXPECT_EQ(told([&] { session.run(0); }), "the session has no program 0");
}

TEST(InternalErrors, AreNoErrorsOfTheUser) {
  const Graph graph = reader_of("p", {DType::f32, {4, 6}});
  EXPECT_EQ(told([&] { reporting(graph, [] { throw Error("the user's"); }); }), "the user's");
}

}  // namespace
}  // namespace cgan_jit
