#include "codegen/probe.h"

#include "tests/codegen/machine.h"

namespace cgan_jit {
namespace {

class ProbeTest : public OnTarget {};

constexpr int threads = 3;
constexpr int64_t floats = 192;  // of a stream, a unit

/// Bytes that a unit's kernel has to read and write, by what it is said to do with each float.
double bytes_of_floats(double accesses) { return accesses * floats * sizeof(float); }

// Law: a unit reads every float of its part once: those of all 16 lanes add up.
TEST_P(ProbeTest, ReadingReadsAllOnce) {
  for (const Stream stream : {Stream::read, Stream::read_ahead}) {
    const StreamProbe probe = stream_probe(stream, threads, floats);
    EXPECT_EQ(probe.bytes_per_unit, bytes_of_floats(1));
    std::vector<float> in(threads * floats), sums(threads * loop::lanes);
    for (size_t i = 0; i < in.size(); ++i) in[i] = static_cast<float>(1 + i % 5);
    run(probe.kernel, {in.data(), sums.data()});
    for (int unit = 0; unit < threads; ++unit) {
      float read = 0, all = 0;
      for (int64_t i = 0; i < floats; ++i) all += in[unit * floats + i];
      for (int lane = 0; lane < loop::lanes; ++lane) read += sums[unit * loop::lanes + lane];
      EXPECT_EQ(read, all);
    }
  }
}

// Law: a unit reads and writes every float of its part of three streams once: x becomes (x + 1) / 2.
TEST_P(ProbeTest, UpdatingChangesAllOnce) {
  for (const Stream stream : {Stream::update, Stream::update_ahead}) {
    const StreamProbe probe = stream_probe(stream, threads, floats);
    EXPECT_EQ(probe.bytes_per_unit, bytes_of_floats(3 * 2));
    std::vector<std::vector<float>> streams(3, std::vector<float>(threads * floats));
    for (size_t i = 0; i < streams[0].size(); ++i) {
      for (size_t k = 0; k < 3; ++k) streams[k][i] = static_cast<float>(2 * (i + k) + 1);
    }
    run(probe.kernel, {streams[0].data(), streams[1].data(), streams[2].data()});
    for (size_t k = 0; k < 3; ++k) {
      for (size_t i = 0; i < streams[k].size(); ++i) EXPECT_EQ(streams[k][i], static_cast<float>(i + k + 1));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, ProbeTest, all_targets, target_name);

}  // namespace
}  // namespace cgan_jit
