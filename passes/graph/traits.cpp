#include "passes/graph/traits.h"

#include <algorithm>

namespace cgan_jit {
namespace {

using namespace access;
using enum OpKind;

// The table: kind, what is read at which coordinates, what is written where, whose shape is walked over, the
// axes summed besides. An op without a line does not compile.
Traits row(const Input&) { return {stored}; }
Traits row(const Param&) { return {stored}; }
Traits row(const Const&) { return {immediate}; }
Traits row(const Iota&) { return {immediate}; }
Traits row(const Reindex& op) { return {view, {Mapped{&op.map}}}; }
Traits row(const Reshape&) { return {view, {Regrouped{}}}; }
Traits row(const Detach&) { return {view, {Point{}}}; }
Traits row(const Concat& op) { return {assembled, {Part{op.axis}, Part{op.axis}}}; }
Traits row(const Map&) { return {elementwise, {Point{}, Point{}}}; }
Traits row(const Random&) { return {elementwise, {Scalar{}, Scalar{}}}; }
Traits row(const Gather&) { return {elementwise, {FoundRow{}, Leading{}}}; }
Traits row(const Reduce& op) { return {reduced, {Point{}}, Without{&op.axes}, 0}; }
Traits row(const Scatter& op) { return {anchor, {Point{}}, Mapped{&op.map}, 0}; }
Traits row(const Deposit&) { return {anchor, {Leading{}, Point{}}, FoundRow{}, 1}; }
Traits row(const Contract& op) {
  return {anchor, {Mapped{&op.lhs}, Mapped{&op.rhs}}, Leading{}, {}, &op.summed};
}

bool is_found(const Access& access) { return std::holds_alternative<FoundRow>(access); }

}  // namespace

Traits traits_of(const Op& op) {
  return std::visit([](const auto& each) { return row(each); }, op);
}

OpKind kind_of(const Node& node) { return traits_of(node.op).kind; }

bool is_view(const Node& node) { return kind_of(node) == view; }
bool is_leaf(const Node& node) { return is_stored_leaf(node) || is_immediate(node); }
bool is_stored_leaf(const Node& node) { return kind_of(node) == stored; }
bool is_immediate(const Node& node) { return kind_of(node) == immediate; }
bool is_assembled(const Node& node) { return kind_of(node) == assembled; }
bool is_elementwise(const Node& node) { return kind_of(node) == elementwise; }
bool is_reduced(const Node& node) { return kind_of(node) == reduced; }
bool is_anchor(const Node& node) { return kind_of(node) == anchor; }

bool is_pointwise(const Node& node) {
  const Traits traits = traits_of(node.op);
  return traits.kind == elementwise && std::holds_alternative<Point>(traits.reads[0]);
}

bool computes_along(const Node& node) {
  const Traits traits = traits_of(node.op);
  return traits.kind != anchor && std::none_of(traits.reads.begin(), traits.reads.end(), is_found);
}

}  // namespace cgan_jit
