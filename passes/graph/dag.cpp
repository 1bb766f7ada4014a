#include "passes/graph/dag.h"

#include <algorithm>
#include <numeric>

#include "ir/error.h"

namespace cgan_jit {
namespace {

constexpr uint64_t labels = uint64_t{1} << 62;

std::vector<std::vector<int>> reversed(const std::vector<std::vector<int>>& edges) {
  std::vector<std::vector<int>> back(edges.size());
  for (size_t v = 0; v < edges.size(); ++v) {
    for (int other : edges[v]) back[other].push_back(static_cast<int>(v));
  }
  return back;
}

std::vector<int> topological_order(const std::vector<std::vector<int>>& needs,
                                   const std::vector<std::vector<int>>& needed_by) {
  std::vector<size_t> missing(needs.size());
  std::vector<int> order;
  for (size_t v = 0; v < needs.size(); ++v) {
    missing[v] = needs[v].size();
    if (needs[v].empty()) order.push_back(static_cast<int>(v));
  }
  for (size_t done = 0; done < order.size(); ++done) {
    for (int later : needed_by[order[done]]) {
      if (--missing[later] == 0) order.push_back(later);
    }
  }
  check(order.size() == needs.size(), "vertices need each other in a circle");
  return order;
}

}  // namespace

MovingOrder::MovingOrder(const std::vector<int>& first_to_last)
    : label_(first_to_last.size() + 1), previous_(first_to_last.size() + 1), next_(first_to_last.size() + 1) {
  const uint64_t step = labels / (first_to_last.size() + 1);
  int last = ends();
  for (int element : first_to_last) {
    label_[element] = label_[last] + step;
    previous_[element] = last;
    next_[last] = element;
    last = element;
  }
  next_[last] = ends();
  previous_[ends()] = last;
}

std::vector<int> MovingOrder::elements() const {
  std::vector<int> all;
  for (int element = next_[ends()]; element != ends(); element = next_[element]) all.push_back(element);
  return all;
}

void MovingOrder::move_before(int element, int next) {
  if (element != next) move_behind(element, previous_[next]);
}

void MovingOrder::move_behind(int element, int previous) {
  if (element == previous || next_[previous] == element) return;
  next_[previous_[element]] = next_[element];
  previous_[next_[element]] = previous_[element];
  if (labels_behind(previous) < 2) make_room_behind(previous);
  label_[element] = label_[previous] + labels_behind(previous) / 2;
  previous_[element] = previous;
  next_[element] = next_[previous];
  previous_[next_[element]] = next_[previous] = element;
}

uint64_t MovingOrder::labels_behind(int element) const {
  return (next_[element] == ends() ? labels : label_[next_[element]]) - label_[element];
}

/// Spreads evenly the labels of the smallest range around it that is not crowded: a range twice as large may
/// have 3/2 of the elements.
void MovingOrder::make_room_behind(int element) {
  int before = element == ends() ? ends() : previous_[element], behind = next_[element];  // of the range
  uint64_t begin = 0, size = 16, count = element == ends() ? 0 : 1;
  for (double most = 5;; most *= 1.5, size *= 2) {
    begin = label_[element] / size * size;
    for (; before != ends() && label_[before] >= begin; before = previous_[before]) ++count;
    for (; behind != ends() && label_[behind] - begin < size; behind = next_[behind]) ++count;
    if (static_cast<double>(count) <= most) break;
  }
  uint64_t label = begin;
  for (int inside = next_[before]; inside != behind; inside = next_[inside])
    label_[inside] = label += size / (count + 1);
}

Dag::Dag(std::vector<std::vector<int>> needs)
    : needs_(std::move(needs)),
      needed_by_(reversed(needs_)),
      named_(needs_.size()),
      order_(topological_order(needs_, needed_by_)),
      seen_(needs_.size(), 0) {
  std::iota(named_.begin(), named_.end(), 0);
}

int Dag::vertex(int name) const {
  while (named_[name] != name) name = named_[name] = named_[named_[name]];
  return name;
}

/// The number of a subtree's root is that of its parent, 1, and the sizes of the subtrees between them.
Forest Dag::forest() const {
  const std::vector<int> order = order_.elements();
  std::vector<int> parent(order.size(), -1), depth(order.size(), 0), size(order.size(), 1);
  for (int v : order) {
    for (int name : needs_[v]) {
      const int needed = vertex(name);
      if (needed == v || depth[needed] < depth[v]) continue;
      parent[v] = needed;
      depth[v] = depth[needed] + 1;
    }
  }
  for (auto v = order.rbegin(); v != order.rend(); ++v) {
    if (parent[*v] >= 0) size[parent[*v]] += size[*v];
  }
  Forest forest{std::vector<Forest::Subtree>(order.size())};
  std::vector<int> next(order.size());  // the number of a vertex's next child
  int next_root = 0;
  for (int v : order) {
    int& number = parent[v] >= 0 ? next[parent[v]] : next_root;
    forest.below[v] = {number, number + size[v]};
    next[v] = number + 1;
    number += size[v];
  }
  return forest;
}

/// The search for a path from `first` to `last`, which is later in the order. Each end goes on with what is
/// nearest to the other one, and the one that has looked at fewer edges goes on.
struct Dag::Search {
  struct End {
    int start;
    int64_t mark;
    const std::vector<std::vector<int>>& edges;
    std::vector<int> seen{start}, open{start};
    size_t looked_at = 0;

    size_t cost() const { return looked_at + edges[open.front()].size(); }
  };

  Search(Dag& within, int first, int last, Direct edge)
      : dag(within),
        direct(edge),
        behind_first{first, ++dag.searches_, dag.needed_by_},
        before_last{last, -dag.searches_, dag.needs_} {
    check(first != last, "a path from a vertex to itself");
    dag.seen_[first] = behind_first.mark;
    dag.seen_[last] = before_last.mark;
  }

  /// If there is none, one of the ends has nothing open any more: it has seen all that it leads to.
  bool finds_a_path() {
    while (!behind_first.open.empty() && !before_last.open.empty()) {
      const bool forwards = behind_first.cost() <= before_last.cost();
      if (forwards ? meets(behind_first, before_last) : meets(before_last, behind_first)) return true;
    }
    return false;
  }

  bool meets(End& end, const End& other) {
    const auto farther = [&](int a, int b) {
      return &end == &behind_first ? dag.order_.is_before(a, b) : dag.order_.is_before(b, a);
    };
    std::pop_heap(end.open.begin(), end.open.end(), farther);
    const int at = end.open.back();
    end.open.pop_back();
    end.looked_at += end.edges[at].size();
    for (int name : end.edges[at]) {
      const int next = dag.vertex(name);
      if (direct == Direct::is_none && at == end.start && next == other.start) continue;
      if (dag.seen_[next] == other.mark) return true;
      if (dag.seen_[next] == end.mark || !is_between(next)) continue;
      dag.seen_[next] = end.mark;
      end.seen.push_back(next);
      end.open.push_back(next);
      std::push_heap(end.open.begin(), end.open.end(), farther);
    }
    return false;
  }

  bool is_between(int vertex) const {
    return dag.order_.is_before(behind_first.start, vertex) &&
           dag.order_.is_before(vertex, before_last.start);
  }

  Dag& dag;
  const Direct direct;
  End behind_first, before_last;
};

bool Dag::reaches(int from, int to) {
  const int first = vertex(from), last = vertex(to);
  return order_.is_before(first, last) && Search(*this, first, last, Direct::is_a_path).finds_a_path();
}

/// Unless a path leads from `first` to `last`, the latter comes right before the former in the order, with
/// all that one of them leads to.
bool Dag::bring_together(int first, int last, Direct direct) {
  Search search(*this, first, last, direct);
  if (search.finds_a_path()) return false;
  const bool forwards = search.behind_first.open.empty();
  std::vector<int>& moving = forwards ? search.behind_first.seen : search.before_last.seen;
  std::sort(moving.begin(), moving.end(), [&](int a, int b) { return order_.is_before(a, b); });
  for (int previous = last; int element : moving) {
    forwards ? order_.move_behind(element, previous) : order_.move_before(element, first);
    previous = element;
  }
  return true;
}

bool Dag::put_before(int a, int b) {
  const int earlier = vertex(a), later = vertex(b);
  if (!order_.is_before(earlier, later) && !bring_together(later, earlier, Direct::is_a_path)) return false;
  needs_[later].push_back(earlier);
  needed_by_[earlier].push_back(later);
  return true;
}

bool Dag::contract(int a, int b) {
  const int kept = vertex(a), gone = vertex(b);
  const bool in_order = order_.is_before(kept, gone);
  if (!bring_together(in_order ? kept : gone, in_order ? gone : kept, Direct::is_none)) return false;
  named_[gone] = kept;
  for (auto* edges : {&needs_, &needed_by_}) {
    std::vector<int>& all = (*edges)[kept];
    all.insert(all.end(), (*edges)[gone].begin(), (*edges)[gone].end());
    (*edges)[gone].clear();
  }
  return true;
}

}  // namespace cgan_jit
