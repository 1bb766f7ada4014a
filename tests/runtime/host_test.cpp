#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xmmintrin.h>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <thread>

#include "runtime/cores.h"
#include "runtime/team.h"
#include "tests/runtime/jobs.h"

// A team is a guest in somebody else's process: it leaves affinity, floating-point environment and children
// alone.
namespace cgan_jit {
namespace {

cpu_set_t affinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  EXPECT_EQ(::sched_getaffinity(0, sizeof(set), &set), 0);
  return set;
}

// Their runtimes allow neither so little address space nor threads in a child of fork.
#ifdef CGAN_JIT_SANITIZED
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

/// The exit code of a child in which `work` runs; -1 when it did not end by itself within some seconds.
template <typename Work>
int in_a_child(const Work& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    ::_exit(work());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int count_of(Team& team) {
  std::atomic<int> count{0};
  on_each_thread(team, [&](int) { ++count; });
  return count;
}

class HostTest : public testing::TestWithParam<int> {};

// Law: no run changes where the caller's thread, its later threads or any helper may run.
TEST_P(HostTest, NobodyIsPinned) {
  const cpu_set_t before = affinity();
  std::vector<char> same(static_cast<size_t>(GetParam()), 0);
  {
    Team team(GetParam());
    for (int i = 0; i < 3; ++i)
      on_each_thread(team, [&](int thread) {
        const cpu_set_t mine = affinity();
        same[static_cast<size_t>(thread)] = CPU_EQUAL(&mine, &before);
      });
    const cpu_set_t between = affinity();
    EXPECT_TRUE(CPU_EQUAL(&between, &before));
    std::thread([&] {
      const cpu_set_t later = affinity();
      EXPECT_TRUE(CPU_EQUAL(&later, &before));
    }).join();
  }
  EXPECT_EQ(same, std::vector<char>(static_cast<size_t>(GetParam()), 1));
  const cpu_set_t after = affinity();
  EXPECT_TRUE(CPU_EQUAL(&after, &before));
}

// Law: a team works in a child of fork, before and after it worked in the parent, and in the child's child;
// the parent's goes on.
TEST_P(HostTest, ChildrenOfForkHaveATeamOfTheirOwn) {
  if (sanitized) GTEST_SKIP();
  const int size = GetParam();
  Team worked(size), idle(size);
  EXPECT_EQ(count_of(worked), size);
  const int code = in_a_child([&] {
    if (count_of(worked) != size || count_of(worked) != size || count_of(idle) != size) return 1;
    return in_a_child([&] { return count_of(worked) == size ? 0 : 1; });
  });
  EXPECT_EQ(code, 0);
  EXPECT_EQ(count_of(worked), size);
}

TEST_P(HostTest, ATeamOfTheParentEndsInItsChild) {
  auto team = std::make_unique<Team>(GetParam());
  count_of(*team);
  EXPECT_EQ(in_a_child([&] {
              team.reset();
              return 0;
            }),
            0);
}

/// Five stages of three pieces an owner; one of them throws.
class Failing : public Job {
 public:
  Failing(size_t stage, int owner) : stage_(stage), owner_(owner) {}
  size_t stages() const override { return 5; }
  uint32_t pieces(size_t, int) const override { return 3; }
  void run(size_t stage, int owner, uint32_t piece, int) override {
    if (stage > stage_) later = true;
    if (stage == stage_ && owner == owner_ && piece == 1) throw std::out_of_range("work");
  }
  std::atomic<bool> later{false};

 private:
  const size_t stage_;
  const int owner_;
};

// Law: what any piece throws arrives at the caller, once; nobody waits for what it leaves; no later stage
// begins; the team goes on.
TEST_P(HostTest, ExceptionsArriveAtTheCaller) {
  Team team(GetParam());
  for (int culprit = 0; culprit < team.size(); ++culprit) {
    for (size_t stage : {0u, 2u, 4u}) {
      Failing job(stage, culprit);
      EXPECT_THROW(team.run(job), std::out_of_range);
      EXPECT_FALSE(job.later);
      EXPECT_EQ(count_of(team), team.size());
    }
  }
}

TEST_P(HostTest, ExceptionsOfAllThreadsAreOne) {
  Team team(GetParam());
  for (int round = 0; round < 20; ++round)
    EXPECT_THROW(on_each_thread(team, [](int) { throw std::runtime_error("all"); }), std::runtime_error);
  EXPECT_EQ(count_of(team), team.size());
}

// Law: every thread works with subnormals and rounds to nearest, whatever the host has set, and the host has
// it back.
TEST_P(HostTest, ArithmeticIsStandardAndTheHostsComesBack) {
  constexpr unsigned flush = 0x8040, upward = 0x4000;
  const unsigned standard = _mm_getcsr();
  const auto hostile = (standard | flush | upward) & ~0x3fu;
  _mm_setcsr(hostile);
  std::vector<unsigned> seen(static_cast<size_t>(GetParam()), 0);
  Team team(GetParam());
  on_each_thread(team, [&](int thread) { seen[static_cast<size_t>(thread)] = _mm_getcsr() & ~0x3fu; });
  EXPECT_THROW(on_each_thread(team, [](int) { throw std::runtime_error("work"); }), std::runtime_error);
  const unsigned after = _mm_getcsr() & ~0x3fu;
  _mm_setcsr(standard);
  EXPECT_EQ(seen, std::vector<unsigned>(seen.size(), 0x1f80));
  EXPECT_EQ(after, hostile);
}

INSTANTIATE_TEST_SUITE_P(Sizes, HostTest, testing::Values(1, 2, 3, 7));

// Law: a team of more threads than the system starts is of those that it does start. (Limits of address space
// bind root, too, as limits of processes do not.)
TEST(Host, ThreadsThatDoNotStartAreDoneWithout) {
  if (sanitized) GTEST_SKIP();
  const int code = in_a_child([] {
    const rlimit space{rlim_t{1} << 30, rlim_t{1} << 30};
    if (::setrlimit(RLIMIT_AS, &space) != 0) return 3;
    Team team(1024);
    if (team.size() < 2 || team.size() == 1024) return 2;
    return count_of(team) == team.size() ? 0 : 1;
  });
  EXPECT_EQ(code, 0);
}

// Law: no more threads than the affinity mask has cores.
TEST(Host, UsableCoresAreThoseOfTheMask) {
  const int all = usable_cores();
  EXPECT_GE(all, 1);
  const int code = in_a_child([] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(::sched_getcpu(), &one);
    if (::sched_setaffinity(0, sizeof(one), &one) != 0) return 2;
    return usable_cores() == 1 ? 0 : 1;
  });
  EXPECT_EQ(code, 0);
}

/// A machine's control groups, as files.
class Groups : public testing::Test {
 protected:
  Groups() { std::filesystem::create_directories(folder); }
  ~Groups() override { std::filesystem::remove_all(folder); }
  void file(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((folder / name).parent_path());
    std::ofstream(folder / name) << text << "\n";
  }
  double granted(const std::string& list) const {
    file("list", list);
    return granted_cores(folder / "list", folder / "fs");
  }
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("cgan_jit_groups_" + std::to_string(::getpid()));
  static constexpr double no_limit = std::numeric_limits<double>::infinity();
};

TEST_F(Groups, WithoutALimitGrantAll) {
  EXPECT_EQ(granted("0::/"), no_limit);
  file("fs/cpu.max", "max 100000");
  EXPECT_EQ(granted("0::/"), no_limit);
  EXPECT_EQ(granted(""), no_limit);
  EXPECT_EQ(granted("nonsense"), no_limit);
  EXPECT_EQ(granted_cores(folder / "nowhere", folder / "fs"), no_limit);
}

TEST_F(Groups, OfVersion2GrantTheLeastOnTheWayUp) {
  file("fs/a/cpu.max", "150000 100000");
  file("fs/a/b/cpu.max", "400000 100000");
  EXPECT_EQ(granted("0::/a/b"), 1.5);
  EXPECT_EQ(granted("0::/other"), no_limit);
  file("fs/a/b/cpu.max", "50000 100000");
  EXPECT_EQ(granted("0::/a/b"), 0.5);
}

// A container sees its own group at the root, while the list may have the host's path.
TEST_F(Groups, OfAContainerLieAtTheRoot) {
  file("fs/cpu.max", "200000 100000");
  EXPECT_EQ(granted("0::/docker/0123"), 2);
}

TEST_F(Groups, OfVersion1HaveTwoFiles) {
  for (const std::string name : {"cpu", "cpu,cpuacct"}) {
    file("fs/" + name + "/slice/cpu.cfs_quota_us", "300000");
    file("fs/" + name + "/slice/cpu.cfs_period_us", "100000");
    EXPECT_EQ(granted("4:" + name + ":/slice\n3:cpuset:/x\n0::/"), 3);
    file("fs/" + name + "/slice/cpu.cfs_quota_us", "-1");
    EXPECT_EQ(granted("4:" + name + ":/slice"), no_limit);
  }
}

}  // namespace
}  // namespace cgan_jit
