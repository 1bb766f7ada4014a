#include "tests/support/compare.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace cgan_jit {
namespace {

double largest(const std::vector<double>& values) {
  double most = 1;
  for (double value : values) {
    if (std::isfinite(value)) most = std::max(most, std::abs(value));
  }
  return most;
}

bool agree(double a, double b, double bound) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::abs(a - b) <= bound;
}

std::optional<std::string> difference(const std::string& name, const Elements<double>& a,
                                      const Elements<double>& b, double tolerance) {
  if (a.type != b.type) return fmt::format("{}: {} and {}", name, to_string(a.type), to_string(b.type));
  for (size_t i = 0; i < a.ints.size(); ++i) {
    if (a.ints[i] != b.ints[i]) return fmt::format("{}[{}]: {} and {}", name, i, a.ints[i], b.ints[i]);
  }
  const double bound = tolerance * largest(a.reals);
  for (size_t i = 0; i < a.reals.size(); ++i) {
    if (!agree(a.reals[i], b.reals[i], bound)) {
      return fmt::format("{}[{}]: {} and {}", name, i, a.reals[i], b.reals[i]);
    }
  }
  return {};
}

}  // namespace

std::optional<std::string> difference(const Environment<double>& a, const Environment<double>& b,
                                      double tolerance) {
  if (a.size() != b.size()) return fmt::format("{} outputs and {}", a.size(), b.size());
  for (const auto& [name, elements] : a) {
    const auto other = b.find(name);
    if (other == b.end()) return fmt::format("no output \"{}\"", name);
    if (auto found = difference(name, elements, other->second, tolerance)) return found;
  }
  return {};
}

std::optional<std::string> different_bits(const Environment<float>& a, const Environment<float>& b) {
  const auto same = [](float x, float y) {
    return std::bit_cast<uint32_t>(x) == std::bit_cast<uint32_t>(y) || (std::isnan(x) && std::isnan(y));
  };
  if (a.size() != b.size()) return fmt::format("{} outputs and {}", a.size(), b.size());
  for (const auto& [name, elements] : a) {
    const Elements<float>& other = b.at(name);
    if (elements.type != other.type || elements.ints != other.ints)
      return name + ": types or integers differ";
    for (size_t i = 0; i < elements.reals.size(); ++i) {
      if (!same(elements.reals[i], other.reals[i]))
        return fmt::format("{}[{}]: {:a} and {:a}", name, i, elements.reals[i], other.reals[i]);
    }
  }
  return {};
}

}  // namespace cgan_jit
