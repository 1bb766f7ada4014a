#pragma once

#include <concepts>

namespace cgan_jit {

/// Overloads in one visitor: std::visit(Overloaded{[](const Map&) {...}, ...}, node.op). Name every case.
template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

/// Several cases in one overload, each of them named: [](const OneOf<Input, Param> auto&) {...}.
template <typename T, typename... Cases>
concept OneOf = (std::same_as<T, Cases> || ...);

}  // namespace cgan_jit
