#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/frontend/op_calls.h"
#include "tests/frontend/sessions.h"

// Law: whatever is wrong with an operation's tensors (builder, element type, rank, an extent) is an Error
// that names the user's line and the operation, unless it has a meaning.
namespace cgan_jit {
namespace {

/// Inputs of the builder, of the types that the call takes.
Params inputs(Builder& builder, const std::vector<Type>& types) {
  Params tensors;
  for (const Type& type : types)
    tensors.push_back(
        builder.input(fmt::format("x{} {}", tensors.size(), to_string(type)), type.dtype, type.shape));
  return tensors;
}

std::string told_of(const OpCall& call, const std::vector<Type>& types) {
  Builder builder;
  return told([&] { call.run(builder, inputs(builder, types)); });
}

/// One of the op's names stands right behind the line.
bool names(const std::string& text, const std::string& op) {
  std::istringstream all(op);
  for (std::string name; std::getline(all, name, '|');) {
    if (text.find(": " + name) != std::string::npos) return true;
  }
  return false;
}

bool names_the_line(const std::string& text) { return text.starts_with("op_calls.cpp:"); }

/// Nothing, or an Error as the law wants it.
void expect_sound(const OpCall& call, const std::vector<Type>& types) {
  const std::string text = told_of(call, types);
  if (text == "nothing") return;
  EXPECT_PRED1(names_the_line, text);
  EXPECT_PRED2(names, text, call.op);
}

std::vector<Shape> misshapen(const Shape& shape) {
  std::vector<Shape> all = {{}, shape, shape};
  all[1].insert(all[1].begin(), 2);
  if (!shape.empty()) all[2].pop_back();
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    for (int64_t extent : {int64_t{0}, shape[axis] + 1}) {
      all.push_back(shape);
      all.back()[axis] = extent;
    }
  }
  return all;
}

/// What the contents of docs/OPS.md list under one heading.
std::vector<std::string> documented(const std::string& heading) {
  std::ifstream page(CGAN_JIT_SOURCE_DIR "/docs/OPS.md");
  std::vector<std::string> found;
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("- [" + heading + "]")) continue;
    for (size_t at = line.find('`'); at != std::string::npos; at = line.find('`', at + 1)) {
      const size_t end = line.find('`', at + 1);
      found.push_back(line.substr(at + 1, end - at - 1));
      at = end;
    }
  }
  return found;
}

// What takes no tensors, and operators, which have names of their own in errors.
bool is_a_call(const std::string& name) {
  static const std::set<std::string> others = {
      "arange",      "linspace", "eye",     "Border",        "Sides",     "BatchNorm", "BatchStatistics",
      "Approximate", "Size2d",   "Scale2d", "Interpolation", "LayerInit", "Reduction", "RecurrentStack"};
  return !others.contains(name) && !name.ends_with("Options") && !name.ends_with("Output") &&
         !name.starts_with("operator");
}

/// A whole word, before what it is called with.
bool calls(const std::string& text, const std::string& name) {
  for (size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
    const char before = at == 0 ? ' ' : text[at - 1], behind = (text + ' ')[at + name.size()];
    if (!std::isalnum(before) && before != '_' && (behind == '(' || behind == '{')) return true;
  }
  return false;
}

TEST(OpErrors, KnowEveryOpOfTheDocumentation) {
  for (const char* heading :
       {"Element by element", "Views", "Constants", "Activations", "Reductions", "Distances",
        "Products and look-ups", "Dropout and normalisation", "Convolutions, pooling and upsampling",
        "Layers with params", "Layers without params", "Recurrent nets", "Attention", "Losses"}) {
    EXPECT_FALSE(documented(heading).empty()) << heading;
    for (const std::string& name : documented(heading)) {
      const auto calls_it = [&](const OpCall& call) { return calls(call.text, name); };
      EXPECT_TRUE(!is_a_call(name) || std::ranges::any_of(all_calls(), calls_it)) << name;
    }
  }
}

TEST(OpErrors, TakeWhatTheyAreFor) {
  for (const OpCall& call : all_calls()) EXPECT_EQ(told_of(call, call.takes), "nothing") << call.op;
}

TEST(OpErrors, RefuseTensorsOfNoBuilder) {
  for (const OpCall& call : all_calls()) {
    for (size_t k = 0; k < call.takes.size(); ++k) {
      Builder builder;
      Params tensors = inputs(builder, call.takes);
      tensors[k] = {};
      EXPECT_PRED1(names_the_line, told([&] { call.run(builder, tensors); })) << call.op;
    }
  }
}

TEST(OpErrors, NameTheOperationOfTensorsOfTwoBuilders) {
  for (const OpCall& call : all_calls()) {
    for (size_t k = 0; k < call.takes.size(); ++k) {
      if (call.takes.size() == 1 && call.text.find("(b, ") == std::string::npos) continue;
      Builder builder, other;
      Params tensors = inputs(builder, call.takes);
      tensors[k] = inputs(other, call.takes)[k];
      const std::string text = told([&] { call.run(builder, tensors); });
      EXPECT_PRED1(names_the_line, text) << call.op << ", operand " << k;
      EXPECT_PRED2(names, text, call.op);
    }
  }
}

TEST(OpErrors, NameTheOperationWhenAnElementTypeDoesNotFit) {
  for (const OpCall& call : all_calls()) {
    for (size_t k = 0; k < call.takes.size(); ++k) {
      for (DType dtype : {DType::f32, DType::i32, DType::u32, DType::u8, DType::boolean}) {
        std::vector<Type> types = call.takes;
        types[k].dtype = dtype;
        expect_sound(call, types);
      }
    }
  }
}

TEST(OpErrors, NameTheOperationWhenAShapeDoesNotFit) {
  for (const OpCall& call : all_calls()) {
    for (size_t k = 0; k < call.takes.size(); ++k) {
      for (const Shape& shape : misshapen(call.takes[k].shape)) {
        std::vector<Type> types = call.takes;
        types[k].shape = shape;
        expect_sound(call, types);
      }
    }
  }
}

TEST(OpErrors, ReshapeSaysThatOneExtentMayBeOpen) {
  Builder builder;
  const Tensor x = builder.input("x", DType::f32, {4, 6});
  const std::string text = told([&] { reshape(x, {-1, -1}); });
  EXPECT_TRUE(text.ends_with("reshape: [4,6] to [-1,-1]: one extent may be -1, what is left")) << text;
}

}  // namespace
}  // namespace cgan_jit
