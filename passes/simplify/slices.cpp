#include <algorithm>

#include "ir/integer.h"
#include "ir/verify.h"
#include "passes/graph/access.h"
#include "passes/graph/build.h"
#include "passes/graph/views.h"
#include "passes/simplify/rules.h"

namespace cgan_jit {
namespace {

/// How each value is read.
struct Readers {
  std::vector<int> count;                      // of nodes and outputs
  std::vector<std::optional<int64_t>> needed;  // elements; nothing if somebody may need all
};

bool has_one_reader(const Readers& readers, Value value) { return readers.count[index(value)] == 1; }

/// How many different elements a reindex reads at most; nothing if `node` is no reindex or also reads
/// outside.
std::optional<int64_t> elements_read(const Graph& graph, const Node& node) {
  const auto* reindex = as<Reindex>(node);
  if (!reindex || !in_bounds(reindex->map, node.type.shape, graph.shape(node.operands[0]))) return {};
  return element_count(extents_of(node.type.shape, used_axes(reindex->map)));
}

Readers readers_of(const Graph& graph) {
  Readers readers{use_counts(graph), std::vector<std::optional<int64_t>>(graph.size(), 0)};
  for (const Node& node : graph.nodes()) {
    const std::optional<int64_t> read = elements_read(graph, node);
    for (Value operand : node.operands) {
      std::optional<int64_t>& needed = readers.needed[index(operand)];
      needed = read && needed ? std::optional<int64_t>(saturated_sum(*needed, *read)) : std::nullopt;
    }
  }
  for (const Output& output : graph.outputs()) readers.needed[index(output.value)].reset();
  return readers;
}

bool is_product_sum(const Graph& graph, const Readers& readers, Value value) {
  const Node& node = graph[value];
  const auto* reduce = as<Reduce>(node);
  if (!reduce || reduce->fn != ReduceFn::add) return false;
  const auto* product = as<Map>(graph[node.operands[0]]);
  return product && product->fn == Fn::mul && has_one_reader(readers, node.operands[0]);
}

/// A reduced value read through a map keeps the axes of both.
bool has_axes_for(const Graph& graph, const Node& reindex) {
  const auto* reduce = as<Reduce>(graph[reindex.operands[0]]);
  return !reduce || reindex.type.shape.size() + reduce->axes.size() <= most_axes;
}

/// A value of which only a part is read is computed only there: the same work or less, for a value that
/// nobody needs whole. With equal work, a reindex moves below if it removes axes of extent 1, or if it
/// permutes a sum of products, which has no order of axes yet.
bool moves_below(const Graph& graph, const Readers& readers, const Node& reindex) {
  const Value wide = reindex.operands[0];
  if (!has_axes_for(graph, reindex)) return false;
  const auto needed = readers.needed[index(wide)];
  if (!needed) return false;
  const int64_t all = element_count(graph.shape(wide));
  if (*needed < all) return true;
  if (*needed > all || !has_one_reader(readers, wide)) return false;
  const size_t used = used_axes(as<Reindex>(reindex)->map).size();
  return used < graph.shape(wide).size() || is_product_sum(graph, readers, wide);
}

Value below_map(Graph& graph, const Node& node, Fn fn, const IndexMap& map, const Shape& shape) {
  std::vector<Value> operands;
  for (Value operand : node.operands) operands.push_back(simple_reindex(graph, operand, map, shape));
  return simple_map(graph, fn, std::move(operands));
}

bool depends_on_own_axis_only(const IndexMap& map) {
  if (map.rank != static_cast<int>(map.results.size())) return false;
  for (int i = 0; i < map.rank; ++i) {
    for (int axis = 0; axis < map.rank; ++axis) {
      if (axis != i && uses_axis(map.results[i], axis)) return false;
    }
  }
  return true;
}

/// Where the axes of a reduced value's operand go when its result is read through `map`: a slice leaves every
/// axis in its place, otherwise the read axes come first, then the reduced ones.
struct Places {
  std::vector<int> read, reduced;
};

Places places_of(const IndexMap& map, const std::vector<int>& kept, const std::vector<int>& axes) {
  if (depends_on_own_axis_only(map)) return {kept, axes};
  Places places;
  for (int i = 0; i < map.rank; ++i) places.read.push_back(i);
  for (size_t k = 0; k < axes.size(); ++k) places.reduced.push_back(map.rank + static_cast<int>(k));
  return places;
}

Value below_reduce(Graph& graph, const Node& node, const Reduce& reduce, const IndexMap& map,
                   const Shape& shape) {
  const Value in = node.operands[0];
  const Shape wide = graph.shape(in);
  const std::vector<int> kept = other_axes(rank_of(wide), reduce.axes);
  const Places places = places_of(map, kept, reduce.axes);
  const size_t rank = places.read.size() + places.reduced.size();
  IndexMap full{static_cast<int>(rank),
                std::vector<Affine>(wide.size(), Affine{0, std::vector<int64_t>(rank, 0)})};
  Shape narrow(rank);
  for (size_t i = 0; i < shape.size(); ++i) narrow[places.read[i]] = shape[i];
  for (size_t k = 0; k < kept.size(); ++k) {
    full.results[kept[k]].offset = map.results[k].offset;
    for (size_t i = 0; i < shape.size(); ++i) {
      full.results[kept[k]].coefficients[places.read[i]] = map.results[k].coefficients[i];
    }
  }
  for (size_t k = 0; k < reduce.axes.size(); ++k) {
    narrow[places.reduced[k]] = wide[reduce.axes[k]];
    full.results[reduce.axes[k]].coefficients[places.reduced[k]] = 1;
  }
  const bool permutes = element_count(narrow) == element_count(wide);
  const Value read =
      permutes ? read_through(graph, in, full, narrow) : simple_reindex(graph, in, full, narrow);
  return simple_reduce(graph, reduce.fn, read, places.reduced);
}

/// A slice across the parts of a concat is a concat of slices of the parts that it meets.
std::optional<Value> below_concat(Graph& graph, const Node& node, int axis, const IndexMap& map,
                                  const Shape& shape) {
  const Affine& along = map.results[axis];
  std::optional<int> moving;
  for (int i = 0; i < map.rank; ++i) {
    const auto uses = std::count_if(map.results.begin(), map.results.end(),
                                    [&](const Affine& result) { return uses_axis(result, i); });
    if (uses == 1 && along.coefficients[i] == 1) moving = i;
  }
  if (!moving || along.range(shape) != std::pair{along.offset, along.offset + shape[*moving] - 1}) return {};
  std::vector<Value> parts;
  int64_t begin = 0;
  for (Value part : node.operands) {
    const int64_t end = begin + graph.shape(part)[axis];
    const int64_t first = std::max(begin, along.offset), last = std::min(end, along.offset + shape[*moving]);
    if (first < last) {
      IndexMap inside = map;
      inside.results[axis].offset = first - begin;
      Shape narrow = shape;
      narrow[*moving] = last - first;
      parts.push_back(simple_reindex(graph, part, inside, narrow));
    }
    begin = end;
  }
  return simple_concat(graph, std::move(parts), *moving);
}

/// `in` read through `map`, which uses all its axes, in terms of reads of the operands of `in`.
Value below(Graph& graph, Value in, const IndexMap& map, const Shape& shape) {
  const Node& node = graph[in];
  if (const auto* fn = as<Map>(node)) return below_map(graph, node, fn->fn, map, shape);
  if (const auto* reduce = as<Reduce>(node)) return below_reduce(graph, node, *reduce, map, shape);
  if (const auto* concat = as<Concat>(node)) {
    if (const auto value = below_concat(graph, node, concat->axis, map, shape)) return *value;
  }
  return simple_reindex(graph, in, map, shape);
}

/// The read of `in` narrow, then spread over the axes on which it does not depend.
Value moved(Graph& graph, Value in, const IndexMap& map, const Shape& shape) {
  const std::vector<int> used = used_axes(map);
  const Value narrow = below(graph, in, restricted(map, used), extents_of(shape, used));
  return simple_reindex(graph, narrow, projection(rank_of(shape), used), shape);
}

/// A sum of sums that nobody else reads is one sum.
std::optional<Value> merged_reduce(Graph& graph, const Reduce& outer, Value in) {
  const Node& node = graph[in];
  const auto* inner = as<Reduce>(node);
  if (!inner || inner->fn != outer.fn) return {};
  const Value source = node.operands[0];
  const std::vector<int> kept = other_axes(rank_of(graph.shape(source)), inner->axes);
  std::vector<int> axes = inner->axes;
  for (int axis : outer.axes) axes.push_back(kept[axis]);
  std::sort(axes.begin(), axes.end());
  return simple_reduce(graph, outer.fn, source, axes);
}

bool adds_up(const Node& node) {
  const auto* reduce = as<Reduce>(node);
  return as<Scatter>(node) || (reduce && reduce->fn == ReduceFn::add);
}

/// A sum of products, or of what is read of products: what a window that leaves them out has scattered.
bool sums_products(const Graph& graph, const Readers& readers, Value value) {
  const auto* reduce = as<Reduce>(graph[value]);
  if (!reduce || reduce->fn != ReduceFn::add) return false;
  const Value terms = graph[value].operands[0];
  const Node& read = graph[as<Reindex>(graph[terms]) ? graph[terms].operands[0] : terms];
  const auto* product = as<Map>(read);
  return product && product->fn == Fn::mul && has_one_reader(readers, terms);
}

/// What a sum sees of a sum of products between which stands a reshape into parts that nobody else reads: the
/// sum of products at these parts.
std::optional<Value> parts_of_products(const Graph& graph, Graph& out, const Readers& readers,
                                       const Node& sum, Value in) {
  const Value parts = sum.operands[0];
  if (!adds_up(sum) || !as<Reshape>(graph[parts]) || !as<Reshape>(out[in])) return {};
  const Value whole = graph[parts].operands[0], now = out[in].operands[0];
  if (!has_one_reader(readers, whole) || !sums_products(graph, readers, whole)) return {};
  const Shape& shape = out.shape(in);
  const auto* products = as<Reduce>(out[now]);
  if (!products || shape.size() + products->axes.size() > most_axes) return {};
  const auto map = read_map(out, in, 0);
  return map ? std::optional(moved(out, now, *map, shape)) : std::nullopt;
}

/// A term of a sum: a value, or the product of two.
struct Term {
  std::vector<Value> factors;
  bool negative = false;
};

/// A value in the graph as it was and in the one that is built.
struct Twin {
  Value old, now;
  bool negative = false;
};

/// The operands of a chain's link, last first; nothing if the value is a term.
std::vector<Twin> links_of(const Graph& graph, const Graph& out, const Readers& readers, const Twin& sum) {
  const Node &old = graph[sum.old], &now = out[sum.now];
  const auto* map = as<Map>(now);
  if (!map || old.op != now.op || now.type.dtype != DType::f32 || !has_one_reader(readers, sum.old))
    return {};
  if (map->fn != Fn::add && map->fn != Fn::sub) return {};
  return {{old.operands[1], now.operands[1], sum.negative != (map->fn == Fn::sub)},
          {old.operands[0], now.operands[0], sum.negative}};
}

Term term_of(const Graph& out, const Twin& value) {
  const auto* map = as<Map>(out[value.now]);
  if (map && map->fn == Fn::mul) return {out[value.now].operands, value.negative};
  return {{value.now}, value.negative};
}

/// The terms of a chain of sums and differences that nobody else reads, from left to right.
std::vector<Term> terms_of(const Graph& graph, const Graph& out, const Readers& readers, const Twin& sum) {
  std::vector<Term> terms;
  std::vector<Twin> open{sum};
  while (!open.empty()) {
    const Twin next = open.back();
    open.pop_back();
    const std::vector<Twin> links = links_of(graph, out, readers, next);
    open.insert(open.end(), links.begin(), links.end());
    if (links.empty()) terms.push_back(term_of(out, next));
  }
  return terms;
}

/// The map through which a value shows its source.
IndexMap map_of(const Graph& graph, Value value) {
  const auto* reindex = as<Reindex>(graph[value]);
  return reindex ? reindex->map : identity_map(rank_of(graph.shape(value)));
}

/// The axes of its operand that a sum or scatter keeps.
std::vector<int> kept_axes(const Graph& graph, const Node& sum) {
  if (const auto* scatter = as<Scatter>(sum)) return used_axes(scatter->map);
  return other_axes(rank_of(graph.shape(sum.operands[0])), as<Reduce>(sum)->axes);
}

/// A sum (or scatter) of a sum of terms, one of which gives a contraction, is the sum of their sums:
/// contractions first, what is subtracted last.
std::optional<Value> split_sum(const Graph& graph, Graph& out, const Readers& readers, const Node& sum,
                               Value in) {
  std::vector<Term> terms = terms_of(graph, out, readers, {sum.operands[0], in});
  const std::vector<int> kept = kept_axes(graph, sum);
  const auto gives_contraction = [&](const Term& term) {
    return term.factors.size() == 2 &&
           is_contraction(map_of(out, term.factors[0]), map_of(out, term.factors[1]), kept, out.shape(in));
  };
  if (terms.size() < 2 || std::none_of(terms.begin(), terms.end(), gives_contraction)) return {};
  std::stable_partition(terms.begin(), terms.end(), gives_contraction);
  std::stable_partition(terms.begin(), terms.end(), [](const Term& term) { return !term.negative; });
  std::optional<Value> total;
  for (const Term& term : terms) {
    const Value value = term.factors.size() == 2 ? simple_map(out, Fn::mul, term.factors) : term.factors[0];
    const Value part = simple(out, sum, {value});
    total = total ? simple_map(out, term.negative ? Fn::sub : Fn::add, {*total, part}) : part;
  }
  return total;
}

}  // namespace

Graph move_slices(const Graph& graph) {
  const Readers readers = readers_of(graph);
  return rebuild(graph, [&](Graph& out, const Node& node, std::vector<Value> operands) {
    if (const auto* reindex = as<Reindex>(node); reindex && moves_below(graph, readers, node)) {
      return moved(out, operands[0], reindex->map, node.type.shape);
    }
    if (const auto* reduce = as<Reduce>(node); reduce && has_one_reader(readers, node.operands[0])) {
      const auto parts = parts_of_products(graph, out, readers, node, operands[0]);
      if (const auto value = merged_reduce(out, *reduce, parts.value_or(operands[0]))) return *value;
    }
    if (adds_up(node)) {
      if (const auto value = split_sum(graph, out, readers, node, operands[0])) return *value;
    }
    return simple(out, node, std::move(operands));
  });
}

}  // namespace cgan_jit
