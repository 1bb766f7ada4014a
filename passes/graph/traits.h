#pragma once

#include <array>
#include <optional>
#include <variant>
#include <vector>

#include "ir/graph.h"

namespace cgan_jit {

/// How a node comes by its elements.
enum class OpKind : uint8_t {
  stored,       // they lie in memory before the step begins
  immediate,    // each is known from its coordinates: a leaf that lies nowhere
  view,         // they are its operand's, named anew: a reader folds it into its own index
  assembled,    // they are its parts', which are computed inside of it
  elementwise,  // each is a function of single elements of the operands
  reduced,      // each is made of many, in a register
  anchor,       // they are summed up in a block of scratch, around which a kernel forms
};

/// How the coordinates of an element follow from a point of the iteration space.
namespace access {
struct Scalar {};    // there are none
struct Point {};     // those of the point
struct Leading {};   // the point's first ones
struct FoundRow {};  // a row that is found at run time, then the point's last ones
struct Without {     // the point's, but for these axes
  const std::vector<int>* axes;
};
struct Mapped {  // what the map says; a point that leads outside has no part in the result
  const IndexMap* map;
};
struct Part {  // the point's, which on this axis are counted from where the part begins
  int axis;
};
struct Regrouped {};  // row-major, the element has the number of the point
}  // namespace access
using Access = std::variant<access::Scalar, access::Point, access::Leading, access::FoundRow, access::Without,
                            access::Mapped, access::Part, access::Regrouped>;

/// What passes want to know about an op. Pointers lead into the op.
struct Traits {
  OpKind kind;
  std::array<Access, 2> reads = {};  // of the first operand, and of all others
  Access writes = access::Point{};   // of the result
  std::optional<size_t> walks = {};  // the operand whose shape it iterates over; nothing: the result's
  const Shape* summed = {};          // extents of iteration axes behind those
};
Traits traits_of(const Op& op);
OpKind kind_of(const Node& node);

/// Ops that only rename elements: a reader folds them into its own index.
bool is_view(const Node& node);
/// Ops that hold no work: inputs, params, constants, iota.
bool is_leaf(const Node& node);
/// Leaves that lie in memory: inputs and params.
bool is_stored_leaf(const Node& node);
/// Leaves that every reader makes for itself: constants and iota.
bool is_immediate(const Node& node);
/// Ops whose parts are computed inside of them: concat.
bool is_assembled(const Node& node);
/// Ops whose every element is a function of single elements of the operands.
bool is_elementwise(const Node& node);
/// Of those, the ones that read the elements in the place of their own: maps.
bool is_pointwise(const Node& node);
/// Ops that make each element of many, in a register.
bool is_reduced(const Node& node);
/// Ops that are summed up in a block of scratch, around which a kernel forms.
bool is_anchor(const Node& node);
/// Whether what a node reads may be computed along with it, at the points of its own nest: not in an anchor,
/// whose block is summed up before, nor where rows are found at run time, whose indices serve many points.
bool computes_along(const Node& node);

}  // namespace cgan_jit
