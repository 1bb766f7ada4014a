#pragma once

#include <cstdint>
#include <vector>

namespace cgan_jit {

/// The elements 0 .. n-1 in an order that changes. Two are compared in constant time; many moves cost the
/// logarithm of n each (Bender, Cole, Demaine, Farach-Colton & Zito 2002, labels that grow along a list).
class MovingOrder {
 public:
  explicit MovingOrder(const std::vector<int>& first_to_last);

  std::vector<int> elements() const;
  bool is_before(int a, int b) const { return label_[a] < label_[b]; }
  void move_before(int element, int next);
  void move_behind(int element, int previous);

 private:
  int ends() const { return static_cast<int>(label_.size()) - 1; }
  uint64_t labels_behind(int element) const;
  void make_room_behind(int element);

  // A ring: what follows the last and comes before the first is `ends`, whose label is 0.
  std::vector<uint64_t> label_;
  std::vector<int> previous_, next_;
};

/// Trees over the vertices 0 .. n-1, numbered from the roots down, a subtree without a gap.
struct Forest {
  struct Subtree {
    int begin, end;  // its root's number, and the first number behind
  };
  std::vector<Subtree> below;  // each vertex
};

/// A directed graph without circles, to which edges are added, and whose vertices become one. It keeps a
/// topological order (Pearce & Kelly 2006): a search for a path looks at what lies between its ends there,
/// from both at once, for as long as the shorter side takes.
class Dag {
 public:
  /// needs[v] are the vertices from which an edge leads to v; no circle is closed.
  explicit Dag(std::vector<std::vector<int>> needs);

  /// A forest in it: every vertex hangs from one of those that it needs, below the most others.
  Forest forest() const;
  bool reaches(int from, int to);
  /// Adds an edge. Returns false, and does nothing, if it would close a circle.
  bool put_before(int vertex, int later);
  /// Makes one vertex of two, by whose names it goes from now on, without the edges between them. Returns
  /// false, and does nothing, if a path leads from one to the other through a third.
  bool contract(int a, int b);

 private:
  enum class Direct { is_a_path, is_none };  // an edge between a search's ends
  struct Search;

  int vertex(int name) const;
  bool bring_together(int first, int last, Direct direct);

  std::vector<std::vector<int>> needs_, needed_by_;  // by any of their names
  mutable std::vector<int> named_;                   // of a name that is gone: another one of the same vertex
  MovingOrder order_;
  int64_t searches_ = 0;
  std::vector<int64_t> seen_;  // of each vertex: the search that saw it, negative if from its last end
};

}  // namespace cgan_jit
