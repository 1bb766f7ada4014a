#include <algorithm>

#include "ir/integer.h"
#include "passes/graph/views.h"
#include "passes/lower/contractions.h"

namespace cgan_jit {

using loop::Index;

bool ContractLowering::is_long() const {
  return may_be_cut() && element_count({space_.begin() + rank_, space_.end()}) > terms_in_l1();
}

/// Each place of a window may be a slab of its own where tiles of narrow vectors read two lines of the L1 for
/// six products (Zen 3: convolutions of 5 x 5 take 0.89, of 3 x 3 0.95 of the time; not tried with AVX-512).
bool ContractLowering::may_be_cut() const {
  const int last = static_cast<int>(space_.size()) - 1;
  if (roles_.transposed) return lane_summed_axis_ == last;
  if (last == rank_) return guards_.empty();
  return in_.target.vector_floats < 16 && space_[last] >= least_terms_of_a_place &&
         std::none_of(guards_.begin(), guards_.end(),
                      [&](const TermGuard& guard) { return uses_axis(guard.coordinate, last); });
}

/// So many terms of the innermost summed axis make a slab; 0: the sum is one.
int64_t ContractLowering::terms_of_a_slab(int64_t rows) const {
  const int last = static_cast<int>(space_.size()) - 1;
  if (!is_long() || (!roles_.transposed && rows < 2 * tile_.rows)) return 0;
  if (space_[last] <= terms_in_l1()) return space_[last];
  const int64_t width = roles_.transposed ? vector_.stored.home.width : summed_width(last);
  if (roles_.transposed) return width <= terms_in_l1() || is_one_row() ? width : lanes;
  return width < space_[last]
             ? width
             : std::max<int64_t>(terms_at_once, terms_in_l1() / terms_at_once * terms_at_once);
}

/// The first slab is code of its own, whose tiles begin with zeros; else the block is cleared before.
bool ContractLowering::begins_with_zeros() const {
  return !transposed_ && static_cast<int>(space_.size()) == rank_ + 1;
}

/// body(), with slab_ set, for one slab after the other: all of the last summed axis or a stretch of it, for
/// every point of the others.
void ContractLowering::each_slab(int axis, Coords& at, const std::function<void()>& body) {
  const int last = static_cast<int>(space_.size()) - 1;
  if (axis < last) {
    return memory_.axis_loop(space_[axis], summed_width(axis), [&](Index i) {
      at[axis] = {i, 0, {}};
      each_slab(axis + 1, at, body);
    });
  }
  const int64_t extent = space_[last], slabs = extent / slab_terms_;
  const int64_t next = slab_terms_ == summed_width(last) && slabs > 1 ? slab_terms_ : 0;
  const int64_t first = begins_with_zeros() ? 1 : 0;
  if (first > 0) {
    slab_ = Slab{Index{}, slab_terms_, next, {}, 1, true};
    body();
  }
  code_.loop(slabs - first, [&](Index slab) {
    slab_ = Slab{(slab + first) * slab_terms_, slab_terms_, next, {}, 1};
    body();
  });
  if (extent % slab_terms_ != 0) {
    slab_ = Slab{Index{slabs * slab_terms_, {}}, extent % slab_terms_, 0, {}, 1};
    body();
  }
  slab_.reset();
}

/// `body`, if all terms of the slab at hand are inside as far as is known before its own loop.
void ContractLowering::inside_of_slab(const Coords& at, const std::function<void()>& body) {
  std::function<void()> code = body;
  for (int axis = rank_ - 1; axis + 1 < static_cast<int>(space_.size()); ++axis)
    code = [this, axis, &at, code] { inside(axis, at, code); };
  code();
}

}  // namespace cgan_jit
