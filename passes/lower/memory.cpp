#include "passes/lower/memory.h"

#include <algorithm>
#include <set>

#include "ir/integer.h"
#include "ir/verify.h"

namespace cgan_jit {

using loop::Address;
using loop::Index;
using loop::Reg;

namespace {

int64_t elements_of(const Root& root) { return stored_elements(root.type.shape, root.layout); }

/// All places that the value is written to.
std::vector<Stored> places_of(const Storage& storage, Value value) {
  std::vector<Stored> places;
  if (auto home = storage.homes.find(value); home != storage.homes.end()) places.push_back(home->second);
  if (auto copies = storage.copies.find(value); copies != storage.copies.end())
    places.insert(places.end(), copies->second.begin(), copies->second.end());
  return places;
}

Coords less_origin(const ScratchBlock& block, Coords at) {
  for (size_t axis = 0; axis < at.size(); ++axis) at[axis].index = at[axis].index + block.origin[axis] * -1;
  return at;
}

}  // namespace

KernelMemory::KernelMemory(const FusedGraph& fused, const Storage& storage, int kernel,
                           loop::KernelWriter& code)
    : storage_(storage), code_(code) {
  const auto touch = [&](const Stored& place) {
    if (buffers_.emplace(place.root, loop::Buf{static_cast<uint32_t>(roots_.size())}).second)
      roots_.push_back(place.root);
  };
  std::set<Value> loaded(fused.kernels[kernel].loads.begin(), fused.kernels[kernel].loads.end());
  for (Value node : fused.kernels[kernel].nodes) {
    if (is_assembled(fused.graph[node])) loaded.insert(node);  // it copies what the parts' kernels wrote
  }
  for (Value value : loaded) touch(storage.homes.at(value));
  for (Value result : fused.kernels[kernel].results) {
    for (const Stored& place : places_of(storage, result)) touch(place);
  }
}

LoweredKernel KernelMemory::finish(std::string name, const std::vector<Value>& nodes) {
  std::set<int> written;
  for (Value node : nodes) {
    for (const Stored& place : places_of(storage_, node)) written.insert(place.root);
  }
  std::vector<loop::Buffer> buffers;
  for (int root : roots_) {
    const Root& place = storage_.roots[root];
    buffers.push_back({place.type.dtype, cgan_jit::elements_of(place), written.count(root) > 0});
  }
  return {std::move(name), nodes, code_.finish(std::move(buffers), areas_), roots_, {}};
}

loop::Buf KernelMemory::add_scratch(DType dtype, int64_t elements) {
  int64_t offset = 0;
  if (!areas_.empty()) {
    const loop::ScratchArea& last = areas_.back();
    offset = round_up(last.byte_offset + last.elements * bytes_of(last.dtype), 64);
  }
  areas_.push_back({dtype, elements, offset});
  return loop::Buf{static_cast<uint32_t>(roots_.size() + areas_.size() - 1)};
}

ScratchBlock KernelMemory::add_block(const Type& type, const BlockAxes& axes, int64_t lane_extent,
                                     int64_t rows) {
  const int64_t elements = block_elements(type.shape, axes, lane_extent, rows);
  return {add_scratch(type.dtype, elements), block_home(type.shape, axes, lane_extent),
          std::vector<Index>(type.shape.size())};
}

bool KernelMemory::is_vector(const Address& address) const {
  const auto is_vector = [&](Reg reg) { return code_.type(reg).vector; };
  return (address.plus && is_vector(*address.plus)) ||
         std::any_of(address.far.begin(), address.far.end(),
                     [&](const auto& term) { return is_vector(term.first); });
}

int64_t KernelMemory::elements_of(loop::Buf buf) const {
  const auto number = static_cast<size_t>(buf);
  if (number >= roots_.size()) return areas_[number - roots_.size()].elements;
  return cgan_jit::elements_of(storage_.roots[roots_[number]]);
}

/// Elements from `address` on, whose run-time part is the sum of `terms`: an i32 where 31 bits are enough.
void KernelMemory::add_terms(Address& address, int64_t lane_stride, const FarTerms& terms) {
  if (terms.empty()) return;
  const auto [low, high] = code_.range_of(address.index);
  const int64_t reach = saturated_product(lane_stride, lanes - 1);
  const int64_t last = saturated_sum(high, std::max<int64_t>(reach, 0)),
                first = saturated_sum(low, std::min<int64_t>(reach, 0));
  if (last > most_extent || first < elements_of(address.buf) - most_extent) {
    address.far.insert(address.far.end(), terms.begin(), terms.end());
    return;
  }
  for (const auto& [reg, stride] : terms) {
    const Reg term =
        stride == 1 ? reg
                    : code_.compute(Fn::mul, {reg, code_.literal(DType::i32, static_cast<double>(stride))});
    address.plus = address.plus ? code_.compute(Fn::add, {*address.plus, term}) : term;
  }
}

KernelMemory::Place KernelMemory::place_of(loop::Buf buf, const Home& home, const Coords& at) {
  Place place{{buf, Index{home.base, {}}, {}}, 0};
  FarTerms terms;
  for (int axis = 0; axis < static_cast<int>(at.size()); ++axis) {
    const int64_t stride = home.cuts(axis) ? 0 : home.strides[axis];
    if (stride == 0) continue;
    place.address.index = place.address.index + at[axis].index * stride;
    place.lane_stride = wrapped_sum(place.lane_stride, wrapped_product(at[axis].lane, stride));
    if (at[axis].plus) terms.emplace_back(*at[axis].plus, stride);
  }
  if (home.is_cut()) {
    Coord lane = at[home.lane_axis];
    lane.index = lane.index + home.lane_shift;
    const auto parts =
        lane.plus ? std::nullopt : code_.split(lane.index, lane.lane * (lanes - 1), home.width);
    if (parts) {
      place.address.index = place.address.index + parts->first * home.block_stride + parts->second;
      place.lane_stride += lane.lane;
    } else {
      const auto [block, offset] = code_.divide(value_of(code_, lane), home.width);
      terms.emplace_back(block, home.block_stride);
      terms.emplace_back(offset, 1);
    }
  }
  add_terms(place.address, place.lane_stride, terms);
  return place;
}

Address KernelMemory::address_of(const Stored& stored, const Coords& at) {
  return place_of(buffer(stored.root), stored.home, at).address;
}

Address KernelMemory::address_of(const ScratchBlock& block, const Coords& at) {
  return place_of(block.buf, block.home, less_origin(block, at)).address;
}

bool KernelMemory::tail_is_safe(const Home& home, const Coords& at, int64_t lane_stride) const {
  return home.padded && lane_stride == 1 && home.lane_axis >= 0 && at[home.lane_axis].index == tail_->index &&
         at[home.lane_axis].lane == 1;
}

/// The address with a place for every lane of its own.
Address KernelMemory::scattered(Address address, int64_t lane_stride) {
  constexpr int64_t furthest = most_extent / lanes;
  if (address.far.empty() && lane_stride >= -furthest && lane_stride <= furthest) {
    address.plus = code_.splat(value_of(code_, {Index{}, lane_stride, address.plus}));
    return address;
  }
  if (address.plus) address.plus = code_.splat(*address.plus);
  for (auto& term : address.far) term.first = code_.splat(term.first);
  if (lane_stride != 0) address.far.emplace_back(code_.lane_ids(), lane_stride);
  return address;
}

Reg KernelMemory::load(loop::Buf buf, const Home& home, DType dtype, const Coords& at, Mask mask,
                       int least_depth) {
  auto [from, lane_stride] = place_of(buf, home, at);
  const bool finds_vector = is_vector(from);
  bool vector = lane_stride != 0 || finds_vector;
  if (vector && tail_ && !(tail_is_safe(home, at, lane_stride) && !finds_vector))
    mask = mask ? code_.compute(Fn::bit_and, {*mask, tail_->mask}) : tail_->mask;
  if (mask && code_.type(*mask).vector && !vector) {
    vector = true;
    from.plus = code_.splat(from.plus ? *from.plus : code_.literal(DType::i32, 0));
  } else if (vector && (finds_vector || lane_stride != 1)) {
    from = scattered(std::move(from), lane_stride);
  }
  if (mask && vector) mask = code_.splat(*mask);
  const bool is_constant = from.index.terms.empty() && !from.plus && from.far.empty();
  return code_.load(dtype, from, vector, mask,
                    is_constant ? least_depth : std::max(least_depth, branch_depth_));
}

void KernelMemory::store(loop::Buf buf, const Home& home, const Coords& at, Reg value) {
  auto [to, lane_stride] = place_of(buf, home, at);
  const bool finds_vector = is_vector(to);
  if (!cgan_jit::is_vector(code_, at)) {
    code_.store(to, value, {});
    return;
  }
  Mask mask;
  if (tail_ && !(tail_is_safe(home, at, lane_stride) && !finds_vector)) mask = tail_->mask;
  if (finds_vector || lane_stride != 1) to = scattered(std::move(to), lane_stride);
  code_.store(to, code_.splat(value), mask);
}

/// access(coordinates within the block), while the tail is the block's own.
template <typename Access>
auto KernelMemory::within(const ScratchBlock& block, const Coords& at, Access access) {
  const Coords local = less_origin(block, at);
  const std::optional<Tail> outer = tail_;
  const int lane_axis = block.home.lane_axis;
  if (tail_ && lane_axis >= 0 && at[lane_axis].index == tail_->index) tail_->index = local[lane_axis].index;
  struct Restore {
    std::optional<Tail>&to, from;
    ~Restore() { to = from; }
  } restore{tail_, outer};
  return access(local);
}

Reg KernelMemory::load(const Stored& stored, DType dtype, const Coords& at, Mask mask, int least_depth) {
  return load(buffer(stored.root), stored.home, dtype, at, mask, least_depth);
}

Reg KernelMemory::load(const ScratchBlock& block, DType dtype, const Coords& at, Mask mask, int least_depth) {
  return within(block, at, [&](const Coords& local) {
    return load(block.buf, block.home, dtype, local, mask, least_depth);
  });
}

void KernelMemory::store(const Stored& stored, const Coords& at, Reg value) {
  store(buffer(stored.root), stored.home, at, value);
}

void KernelMemory::store(const ScratchBlock& block, const Coords& at, Reg value) {
  within(block, at, [&](const Coords& local) { store(block.buf, block.home, local, value); });
}

void KernelMemory::clear(const ScratchBlock& block) {
  const Reg zero = code_.splat(code_.literal(DType::f32, 0));
  code_.strided_loop(elements_of(block.buf), lanes, {}, 1, [&](Index i) {
    code_.store({block.buf, i, {}}, zero, {});
  });
}

void KernelMemory::accumulate(const Address& place, Reg term) {
  const Reg sum = code_.fresh({DType::f32, code_.type(term).vector});
  code_.emit(loop::Load{sum, place, {}});
  code_.emit(loop::Compute{sum, Fn::add, {sum, term}});
  code_.store(place, sum, {});
}

void KernelMemory::axis_loop(int64_t extent, int64_t width, const std::function<void(Index)>& body) {
  if (width >= extent) return code_.loop(extent, body);
  const int64_t blocks = extent / width;
  code_.loop(blocks,
             [&](Index block) { code_.loop(width, [&](Index inner) { body(block * width + inner); }); });
  if (extent % width != 0) code_.loop(extent % width, [&](Index inner) { body(inner + blocks * width); });
}

void KernelMemory::lane_loop(int64_t extent, int64_t width, const std::function<void(Coord)>& body) {
  // Vectors go over the borders of blocks that are no whole number of them.
  if (width >= extent || width % lanes != 0)
    return panel_loop(Index{}, extent, round_up(extent, lanes), body);
  code_.loop(ceil_div(extent, width), [&](Index panel) { panel_loop(panel, extent, width, body); });
}

void KernelMemory::panel_loop(const Index& panel, int64_t extent, int64_t width,
                              const std::function<void(Coord)>& body) {
  if (panel == Index{})
    width = std::min(width, round_up(extent, lanes));  // a block may be wider than its value
  std::optional<Index> end;
  if (!panel.terms.empty() && extent % width != 0) end = panel * -width + extent;
  const int unroll = width <= 4 * lanes && !end ? static_cast<int>(width / lanes) : 1;
  code_.strided_loop(width, lanes, end, unroll, [&](Index inner) {
    const Index start = panel * width + inner;
    panel_rest(start, extent, [&] { body({start, 1, {}}); });
  });
}

void KernelMemory::panel_rest(const Index& start, int64_t extent, const std::function<void()>& body) {
  const std::optional<Tail> outer = tail_;
  tail_.reset();
  if (extent % lanes != 0) {
    const Reg inside = code_.compute(
        Fn::lt, {value_of(code_, {start, 1, {}}), code_.literal(DType::i32, static_cast<double>(extent))});
    tail_ = Tail{inside, start};
  }
  body();
  tail_ = outer;
}

void KernelMemory::branch_on_unit(int64_t below, const std::function<void()>& then,
                                  const std::function<void()>& otherwise) {
  const auto inside = [&](const std::function<void()>& body) {
    branch_depth_ = code_.depth();
    body();
    branch_depth_ = 0;
  };
  code_.branch(
      loop::index_of(code_.unit()), below, [&] { inside(then); }, [&] { inside(otherwise); });
}

}  // namespace cgan_jit
