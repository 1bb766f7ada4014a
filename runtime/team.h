#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace cgan_jit {

/// Work in stages: all pieces of one are done before any of the next begins. Whose a piece is says who
/// usually does it, and has what it needs in its cache; who does it changes nothing.
class Job {
 public:
  static constexpr uint32_t most_pieces = 0xffff;  // of an owner in a stage

  virtual ~Job() = default;
  virtual size_t stages() const = 0;
  virtual uint32_t pieces(size_t stage, int owner) const = 0;
  /// Does one, on thread `thread`.
  virtual void run(size_t stage, int owner, uint32_t piece, int thread) = 0;
};

/// A fixed team of threads, the caller being thread 0. Each takes its own pieces, the first one first, then
/// others', the last one first: so that a thread whose core is busy with other people's work holds up the
/// piece that it is at, and no more. None is pinned: all run on whatever cores the process may use, and leave
/// it to the system to keep them apart. In a child of `fork` the helpers are started anew.
class Team {
 public:
  /// threads >= 1. When the system refuses to start so many, the team is of those that started.
  explicit Team(int threads);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  int size() const;
  /// Does the job, in the standard floating-point environment on every thread. What a piece throws, the first
  /// of several, is thrown here; pieces that nobody has begun by then are left out.
  void run(Job& job);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cgan_jit
