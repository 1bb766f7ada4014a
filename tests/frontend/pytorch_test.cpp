#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "ir/elementwise.h"
#include "tests/frontend/cases.h"
#include "tests/frontend/evaluate.h"

// Law: functions, losses and layers have PyTorch's values and gradients (fixture/ops.py).
namespace cgan_jit {
namespace {

using Numbers = std::map<std::string, std::vector<double>>;  // by tensor

std::string underscored(std::string name) {
  for (char& letter : name) letter = letter == ' ' ? '_' : letter;
  return name;
}

/// What PyTorch makes of each case.
const std::map<std::string, Numbers>& fixture() {
  static const auto all = [] {
    std::map<std::string, Numbers> cases;
    std::ifstream file(CGAN_JIT_SOURCE_DIR "/tests/frontend/fixture/ops.txt");
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string name, tensor;
      words >> name >> tensor;
      std::vector<double>& numbers = cases[name][tensor];
      for (std::string number; words >> number;) numbers.push_back(std::stod(number));
    }
    return cases;
  }();
  return all;
}

/// As fixture/ops.py numbers a tensor.
Elements<double> numbers(const std::string& name, const Shape& shape) {
  int64_t first = 0;
  for (unsigned char byte : name) first += 37 * byte;
  std::vector<double> values;
  for (int64_t i = 0; i < element_count(shape); ++i)
    values.push_back(static_cast<double>((101 * i + first) % 1009) / 252.25 - 2);
  return reals(shape, values);
}

/// "y", "d " and param for its gradient, and what the step makes of state.
Environment<double> computed(const Case& test) {
  Builder builder;
  Params operands;
  for (size_t i = 0; i < test.shapes.size(); ++i)
    operands.push_back(builder.param(fmt::format("p{}", i), test.shapes[i], NormalInit{}));
  const Tensor y = test.function(builder, operands);
  const Params params = builder.trained();
  const std::vector<Tensor> gradients = grad(probed(builder, y), params);
  builder.output("y", y);
  for (size_t i = 0; i < params.size(); ++i)
    builder.output("d " + builder.name_of_param(params[i], Line::current()), gradients[i]);
  Environment<double> environment;
  for (const ParamDecl& param : builder.params()) {
    environment[param.name] = numbers(param.name, param.shape);
    if (const auto* begins = std::get_if<ConstantInit>(&param.init); begins && !param.trained)
      environment[param.name] = filled<double>({DType::f32, param.shape}, begins->value);
  }
  environment["seed"] = integers(DType::u32, {}, {7});
  environment["step"] = integers(DType::u32, {}, {1});
  return interpret<double>(builder.build(), environment);
}

TEST(PyTorch, HasTheSameValuesAndGradients) {
  for (const Case& test : all_cases()) {
    const auto theirs = fixture().find(underscored(test.name));
    ASSERT_NE(theirs, fixture().end()) << test.name;
    const Environment<double> ours = computed(test);
    size_t compared = 0;
    for (const auto& [name, elements] : ours) {
      const auto expected = theirs->second.find(underscored(name));
      if (expected == theirs->second.end()) continue;
      ++compared;
      ASSERT_EQ(elements.reals.size(), expected->second.size()) << test.name << ": " << name;
      for (size_t i = 0; i < elements.reals.size(); ++i)
        EXPECT_NEAR(elements.reals[i], expected->second[i], 1e-6 * (1 + std::abs(expected->second[i])))
            << test.name << ": " << name << '[' << i << ']';
    }
    EXPECT_EQ(compared, theirs->second.size()) << test.name << " lacks a tensor that PyTorch has";
  }
}

TEST(PyTorch, HasEveryCaseOfTheFixture) {
  std::set<std::string> names;
  for (const Case& test : all_cases()) names.insert(underscored(test.name));
  for (const auto& [name, tensors] : fixture()) EXPECT_TRUE(names.contains(name)) << name;
}

}  // namespace
}  // namespace cgan_jit
