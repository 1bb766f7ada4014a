#pragma once

namespace cgan_jit {

/// Overloads in one visitor: std::visit(Overloaded{[](const Map&) {...}, ...}, node.op). Name every case.
template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

}  // namespace cgan_jit
