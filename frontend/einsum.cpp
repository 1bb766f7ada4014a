#include <algorithm>
#include <cctype>
#include <cstring>

#include "frontend/emit.h"
#include "frontend/ops.h"

namespace cgan_jit {
namespace {

/// A tensor and its axes' letters.
struct Lettered {
  Tensor tensor;
  std::string letters;
};

constexpr std::string_view ellipsis = "...";

/// "ij,jk->ik" as {"ij", "jk"} and "ik"; without an arrow, the ellipsis and the letters that occur once, in
/// their order.
struct Equation {
  std::vector<std::string> operands;
  std::string result;
};

Equation parsed(std::string equation) {
  std::erase(equation, ' ');
  const size_t arrow = equation.find("->");
  Equation found{{""}, arrow == std::string::npos ? "" : equation.substr(arrow + 2)};
  for (char letter : equation.substr(0, arrow)) {
    if (letter == ',') found.operands.emplace_back();
    if (letter != ',') found.operands.back() += letter;
  }
  if (arrow == std::string::npos && equation.find(ellipsis) != std::string::npos) found.result = ellipsis;
  for (char letter = 'A'; arrow == std::string::npos && letter <= 'z'; ++letter) {
    if (std::ranges::count(equation, letter) == 1) found.result += letter;
  }
  return found;
}

/// Stand-ins for the letters of as many axes, counted from the last: no letters themselves.
std::string covered_letters(int64_t count) {
  std::string letters;
  for (int64_t axis = count; axis-- > 0;) letters += static_cast<char>('0' + axis);
  return letters;
}
constexpr int64_t most_covered = 'A' - '0';
bool is_letter(char letter) { return std::isalpha(static_cast<unsigned char>(letter)) != 0; }
bool is_covered(char letter) { return !is_letter(letter); }

int place_of(const std::string& letters, char letter) { return static_cast<int>(letters.find(letter)); }

/// x in a domain of `letters`, extents of 1 stretched; where it names one twice, its diagonal.
Tensor spread(const Line& where, const Lettered& x, const std::string& letters, const Shape& domain) {
  std::vector<int> axes;
  for (char letter : x.letters) axes.push_back(place_of(letters, letter));
  return emit_spread({x.tensor, where}, axes, domain);
}

/// Its letters summed that are not among `kept`.
Lettered summed(const Line& where, const Lettered& x, const std::string& kept) {
  Lettered left{x.tensor, ""};
  std::vector<int> axes;
  for (size_t i = 0; i < x.letters.size(); ++i) {
    if (kept.find(x.letters[i]) == std::string::npos) axes.push_back(static_cast<int>(i));
    if (kept.find(x.letters[i]) != std::string::npos) left.letters += x.letters[i];
  }
  left.tensor = sum({x.tensor, where}, axes);
  return left;
}

class Einsum {
 public:
  Einsum(const std::string& equation, const std::vector<Tensor>& operands, const Line& where)
      : text_(equation), where_(where), equation_(parsed(equation)) {
    for (char letter : equation) {
      if (!is_letter(letter) && !std::strchr(" ,->.", letter))
        refuse(fmt::format("has a '{}', no letter", letter));
    }
    if (equation_.operands.size() != operands.size())
      refuse(fmt::format("names {} operands, {} are given", equation_.operands.size(), operands.size()));
    for (size_t i = 0; i < operands.size(); ++i) take({operands[i], equation_.operands[i]});
    spell_out(equation_.result, covered_);
    for (char letter : equation_.result) {
      if (std::ranges::count(equation_.result, letter) > 1)
        refuse(fmt::format("has '{}' twice in its result", letter));
      if (!extents_.contains(letter)) refuse(fmt::format("has a '{}' that no operand has", letter));
    }
  }

  // From left to right; a letter is summed once nobody needs it any more.
  Tensor run() {
    Lettered so_far = reduced(0, plain(operands_[0]));
    for (size_t i = 1; i < operands_.size(); ++i) {
      const Lettered next = alone(i);
      std::string letters = so_far.letters;
      for (char letter : next.letters) {
        if (letters.find(letter) == std::string::npos) letters += letter;
      }
      const Shape domain = shape_of(letters);
      const Tensor left = spread(where_, so_far, letters, domain),
                   right = spread(where_, next, letters, domain);
      so_far = reduced(i, {emit_map(where_, Fn::mul, {left, right}), letters});
    }
    return spread(where_, so_far, equation_.result, shape_of(equation_.result));
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    fail(where_, fmt::format("einsum: \"{}\" {}", text_, why));
  }

  /// Puts stand-ins in the ellipsis' place.
  static void spell_out(std::string& letters, int64_t covered) {
    const size_t dots = letters.find(ellipsis);
    if (dots != std::string::npos) letters.replace(dots, ellipsis.size(), covered_letters(covered));
  }

  void take(Lettered operand) {
    require_dtype({operand.tensor, where_}, DType::f32, "einsum");
    const Shape& shape = operand.tensor.shape();
    const auto named = std::ranges::count_if(operand.letters, [](char letter) { return letter != '.'; });
    const int64_t covered = std::clamp<int64_t>(std::ssize(shape) - named, 0, most_covered);
    if (operand.letters.find(ellipsis) != std::string::npos) covered_ = std::max(covered_, covered);
    spell_out(operand.letters, covered);
    if (operand.letters.find_first_of(".->") != std::string::npos)
      refuse(fmt::format("has \"{}\", which is no ellipsis", operand.letters));
    if (shape.size() != operand.letters.size())
      refuse(fmt::format("names {} axes \"{}\" of {}", operand.letters.size(), operand.letters,
                         to_string(shape)));
    for (size_t i = 0; i < shape.size(); ++i) {
      const char letter = operand.letters[i];
      int64_t& known = extents_.emplace(letter, shape[i]).first->second;
      if (is_covered(letter) && known == 1) known = shape[i];
      if (known != shape[i] && !(is_covered(letter) && shape[i] == 1))
        refuse(is_covered(letter) ? fmt::format("has an ellipsis of axes {} and {}", known, shape[i])
                                  : fmt::format("has '{}' of extent {} and of {}", letter, known, shape[i]));
    }
    operands_.push_back(std::move(operand));
  }

  Shape shape_of(const std::string& letters) const {
    Shape shape;
    for (char letter : letters) shape.push_back(extents_.at(letter));
    return shape;
  }

  /// No letter twice.
  Lettered plain(const Lettered& x) const {
    std::string letters;
    for (char letter : x.letters) {
      if (letters.find(letter) == std::string::npos) letters += letter;
    }
    return {spread(where_, x, letters, shape_of(letters)), letters};
  }

  /// What is asked for by the result and by operands from `next` on.
  std::string needed_from(size_t next) const {
    std::string letters = equation_.result;
    for (size_t i = next; i < operands_.size(); ++i) letters += operands_[i].letters;
    return letters;
  }
  Lettered reduced(size_t done, const Lettered& x) const { return summed(where_, x, needed_from(done + 1)); }

  /// An operand without the letters that are its alone.
  Lettered alone(size_t i) const {
    std::string others = equation_.result;
    for (size_t other = 0; other < operands_.size(); ++other) {
      if (other != i) others += operands_[other].letters;
    }
    return summed(where_, plain(operands_[i]), others);
  }

  const std::string& text_;
  const Line& where_;
  Equation equation_;
  int64_t covered_ = 0;  // axes by the longest ellipsis
  std::map<char, int64_t> extents_;
  std::vector<Lettered> operands_;
};

}  // namespace

Tensor einsum(const std::string& equation, const std::vector<Tensor>& operands, Line where) {
  if (operands.empty()) fail(where, "einsum: of no tensors");
  for (const Tensor& operand : operands) { require_own({operands[0], where}, operand, "einsum"); }
  return Einsum(equation, operands, where).run();
}

}  // namespace cgan_jit
