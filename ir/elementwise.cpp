#include "ir/elementwise.h"

#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

#include "ir/error.h"

namespace cgan_jit {

namespace {

/// An integer brought into its element type.
int64_t wrapped(int64_t value, DType dtype) {
  switch (dtype) {
    case DType::i32:
      return static_cast<int32_t>(static_cast<uint32_t>(value));
    case DType::u32:
      return static_cast<uint32_t>(value);
    case DType::u8:
      return static_cast<uint8_t>(value);
    case DType::boolean:
      return value & 1;
    case DType::f32:
      break;
  }
  throw InternalError("internal error: f32 is no integer type");
}

/// Truncated to zero and saturated; NaN is 0.
template <typename Int, typename Real>
int64_t saturated(Real value) {
  if (value != value) return 0;
  if (value <= static_cast<Real>(std::numeric_limits<Int>::min())) return std::numeric_limits<Int>::min();
  // The bound itself may round up as a float: it is no Int then.
  if (value >= static_cast<Real>(std::numeric_limits<Int>::max())) return std::numeric_limits<Int>::max();
  return static_cast<int64_t>(value);
}

/// One scalar function over arrays.
template <typename Real>
class Elementwise {
 public:
  Elementwise(Fn fn, const std::vector<const Elements<Real>*>& operands) : operands_(operands) {
    std::vector<DType> dtypes;
    for (const Elements<Real>* operand : operands) dtypes.push_back(operand->type.dtype);
    const std::optional<DType> dtype = result_type(fn, dtypes);
    check(dtype.has_value(), "{} of these element types", name_of(fn));
    out_.type = {*dtype, operands[0]->type.shape};
    count_ = static_cast<size_t>(element_count(out_.type.shape));
    if (*dtype == DType::f32) out_.reals.resize(count_);
    if (*dtype != DType::f32) out_.ints.resize(count_);
  }

  Elements<Real> run(Fn fn) {
    compute(fn);
    return std::move(out_);
  }

 private:
  using Int = int64_t;

  /// The meaning of every scalar function; integer results are wrapped afterwards.
  void compute(Fn fn) {
    switch (fn) {
      case Fn::neg:
        return arithmetic([](auto a) { return -a; });
      case Fn::abs:
        return arithmetic([](auto a) { return std::abs(a); });
      case Fn::sign:
        return real([](Real a) { return a > 0 ? Real{1} : a < 0 ? Real{-1} : a; });
      case Fn::floor:
        return real([](Real a) { return std::floor(a); });
      case Fn::round:
        return real([](Real a) { return std::nearbyint(a); });
      case Fn::sqrt:
        return real([](Real a) { return std::sqrt(a); });
      case Fn::exp:
        return real([](Real a) { return std::exp(a); });
      case Fn::expm1:
        return real([](Real a) { return std::expm1(a); });
      case Fn::log:
        return real([](Real a) { return std::log(a); });
      case Fn::log1p:
        return real([](Real a) { return std::log1p(a); });
      case Fn::tanh:
        return real([](Real a) { return std::tanh(a); });
      case Fn::sigmoid:
        return real([](Real a) { return 1 / (1 + std::exp(-a)); });
      case Fn::sin:
        return real([](Real a) { return std::sin(a); });
      case Fn::cos:
        return real([](Real a) { return std::cos(a); });
      case Fn::erf:
        return real([](Real a) { return std::erf(a); });
      case Fn::add:
        return arithmetic([](auto a, auto b) { return a + b; });
      case Fn::sub:
        return arithmetic([](auto a, auto b) { return a - b; });
      case Fn::mul:
        return arithmetic([](auto a, auto b) { return product(a, b); });
      case Fn::div:
        return real([](Real a, Real b) { return a / b; });
      case Fn::max:
        return arithmetic([](auto a, auto b) { return larger(a, b); });
      case Fn::min:
        return arithmetic([](auto a, auto b) { return smaller(a, b); });
      case Fn::leaky_relu:
        return real([](Real a, Real slope) { return a > 0 ? a : slope * a; });
      case Fn::pow:
        return real([](Real a, Real b) { return std::pow(a, b); });
      case Fn::fma:
        return real([](Real a, Real b, Real c) { return std::fma(a, b, c); });
      case Fn::lt:
        return compare([](auto a, auto b) { return a < b; });
      case Fn::le:
        return compare([](auto a, auto b) { return a <= b; });
      case Fn::eq:
        return compare([](auto a, auto b) { return a == b; });
      case Fn::ne:
        return compare([](auto a, auto b) { return a != b; });
      case Fn::bit_and:
        return integer([](Int a, Int b) { return a & b; });
      case Fn::bit_or:
        return integer([](Int a, Int b) { return a | b; });
      case Fn::bit_xor:
        return integer([](Int a, Int b) { return a ^ b; });
      case Fn::bit_not:
        return integer([](Int a) { return ~a; });
      case Fn::shl:
        return integer([](Int a, Int b) { return a << (b & 31); });
      case Fn::shr:
        return integer([](Int a, Int b) { return a >> (b & 31); });
      case Fn::select:
        return select();
      case Fn::to_f32:
        return convert([](auto a) { return static_cast<Real>(a); });
      case Fn::to_i32:
        return convert([](auto a) { return whole<int32_t>(a); });
      case Fn::to_u32:
        return convert([](auto a) { return whole<uint32_t>(a); });
      case Fn::to_u8:
        return convert([](auto a) { return whole<int32_t>(a); });
      case Fn::to_bool:
        return convert([](auto a) { return Int{a != 0}; });
      case Fn::as_f32:
        return convert([](auto a) { return static_cast<Real>(std::bit_cast<float>(bits(a))); });
      case Fn::as_i32:
      case Fn::as_u32:
        return convert([](auto a) { return static_cast<Int>(bits(a)); });
    }
  }

  static Real product(Real a, Real b) { return a * b; }
  static Int product(Int a, Int b) {
    return static_cast<Int>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
  }

  template <typename Target>
  static Int whole(Real a) {
    return saturated<Target>(a);
  }
  template <typename Target>
  static Int whole(Int a) {
    return a;
  }

  static uint32_t bits(Real a) { return std::bit_cast<uint32_t>(static_cast<float>(a)); }
  static uint32_t bits(Int a) { return static_cast<uint32_t>(a); }

  template <typename F>
  void arithmetic(F f) {
    if (out_.type.dtype == DType::f32) return real(f);
    integer(f);
  }

  template <typename F>
  void real(F f) {
    each(out_.reals, f, &Elements<Real>::reals);
  }

  template <typename F>
  void integer(F f) {
    each(out_.ints, f, &Elements<Real>::ints);
    for (Int& value : out_.ints) value = wrapped(value, out_.type.dtype);
  }

  template <typename F>
  void compare(F f) {
    const auto truth = [f](auto a, auto b) { return Int{f(a, b)}; };
    if (operands_[0]->type.dtype == DType::f32) return each(out_.ints, truth, &Elements<Real>::reals);
    each(out_.ints, truth, &Elements<Real>::ints);
  }

  template <typename F>
  void convert(F f) {
    if (out_.type.dtype == DType::f32) return convert_into(out_.reals, f);
    convert_into(out_.ints, f);
    for (Int& value : out_.ints) value = wrapped(value, out_.type.dtype);
  }

  template <typename Out, typename F>
  void convert_into(std::vector<Out>& out, F f) {
    const auto to_out = [f](auto a) { return static_cast<Out>(f(a)); };
    if (operands_[0]->type.dtype == DType::f32) return each(out, to_out, &Elements<Real>::reals);
    each(out, to_out, &Elements<Real>::ints);
  }

  void select() {
    if (out_.type.dtype == DType::f32)
      return select_into(out_.reals, operands_[1]->reals, operands_[2]->reals);
    select_into(out_.ints, operands_[1]->ints, operands_[2]->ints);
  }

  template <typename Out>
  void select_into(std::vector<Out>& out, const std::vector<Out>& a, const std::vector<Out>& b) {
    const std::vector<Int>& condition = operands_[0]->ints;
    for (size_t i = 0; i < count_; ++i) out[i] = condition[i] != 0 ? a[i] : b[i];
  }

  /// out[i] = f(operands[i]...), the operands all reals or all ints.
  template <typename Out, typename F, typename In>
  void each(std::vector<Out>& out, F f, std::vector<In> Elements<Real>::*in) {
    const In* a = (operands_[0]->*in).data();
    if constexpr (std::is_invocable_v<F, In>) {
      for (size_t i = 0; i < count_; ++i) out[i] = static_cast<Out>(f(a[i]));
    } else if constexpr (std::is_invocable_v<F, In, In>) {
      const In* b = (operands_[1]->*in).data();
      for (size_t i = 0; i < count_; ++i) out[i] = static_cast<Out>(f(a[i], b[i]));
    } else {
      const In *b = (operands_[1]->*in).data(), *c = (operands_[2]->*in).data();
      for (size_t i = 0; i < count_; ++i) out[i] = static_cast<Out>(f(a[i], b[i], c[i]));
    }
  }

  const std::vector<const Elements<Real>*>& operands_;
  Elements<Real> out_;
  size_t count_ = 0;
};

template <typename Real>
Elements<Real> expand(const Expansion& expansion, const std::vector<const Elements<Real>*>& operands) {
  const Shape& shape = operands[0]->type.shape;
  std::vector<Elements<Real>> results(expansion.steps.size());
  std::vector<const Elements<Real>*> values = operands;
  for (size_t i = 0; i < expansion.steps.size(); ++i) {
    const ExpansionStep& step = expansion.steps[i];
    std::vector<const Elements<Real>*> args;
    for (int arg : step.args) args.push_back(values[arg]);
    results[i] = step.fn ? map_elements(*step.fn, args) : filled<Real>({step.dtype, shape}, step.literal);
    values.push_back(&results[i]);
  }
  return std::move(results.back());
}

}  // namespace

template <typename Real>
Elements<Real> filled(Type type, double value) {
  Elements<Real> result{std::move(type), {}, {}};
  const auto count = static_cast<size_t>(element_count(result.type.shape));
  if (result.type.dtype == DType::f32) {
    result.reals.assign(count, static_cast<Real>(value));
  } else {
    result.ints.assign(count, static_cast<int64_t>(value));
  }
  return result;
}

template <typename Real>
Elements<Real> map_elements(Fn fn, const std::vector<const Elements<Real>*>& operands) {
  // In float the program's own steps, in double the exact function.
  if constexpr (std::is_same_v<Real, float>) {
    if (const Expansion* expansion = expansion_of(fn)) return expand(*expansion, operands);
  }
  return Elementwise<Real>(fn, operands).run(fn);
}

template Elements<float> filled(Type, double);
template Elements<double> filled(Type, double);
template Elements<float> map_elements(Fn, const std::vector<const Elements<float>*>&);
template Elements<double> map_elements(Fn, const std::vector<const Elements<double>*>&);

}  // namespace cgan_jit
