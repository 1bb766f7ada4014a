#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <numeric>

#include "tests/codegen/build.h"
#include "tests/codegen/machine.h"

namespace cgan_jit {
namespace {

using namespace loop;

/// Memory that ends exactly where a page that may not be touched begins.
class Guarded {
 public:
  explicit Guarded(size_t bytes) : bytes_(bytes), page_(static_cast<size_t>(::sysconf(_SC_PAGESIZE))) {
    span_ = (bytes + page_ - 1) / page_ * page_ + page_;
    base_ = static_cast<std::byte*>(
        ::mmap(nullptr, span_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    ::mprotect(base_ + span_ - page_, page_, PROT_NONE);
  }
  ~Guarded() { ::munmap(base_, span_); }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;
  void* data() { return base_ + span_ - page_ - bytes_; }

 private:
  size_t bytes_, page_, span_ = 0;
  std::byte* base_ = nullptr;
};

constexpr DType all_dtypes[] = {DType::f32, DType::i32, DType::u32, DType::u8, DType::boolean};

/// Element i of a test pattern, as the bytes of its type: 1 + i % 200, booleans i % 3 == 0.
void fill_pattern(void* memory, DType dtype, int64_t count) {
  auto* bytes = static_cast<std::byte*>(memory);
  for (int64_t i = 0; i < count; ++i) {
    const auto whole = static_cast<int32_t>(1 + i % 200);
    const auto real = static_cast<float>(whole);
    const auto small = static_cast<uint8_t>(dtype == DType::boolean ? i % 3 == 0 : whole);
    const void* from = dtype == DType::f32    ? static_cast<const void*>(&real)
                       : bytes_of(dtype) == 4 ? &whole
                                              : static_cast<const void*>(&small);
    std::memcpy(bytes + i * bytes_of(dtype), from, static_cast<size_t>(bytes_of(dtype)));
  }
}

class MemoryTest : public OnTarget {};

// Law: a masked vector touches nothing where its mask is off, even if that is no memory; a load gives 0
// there, a store leaves what was.
TEST_P(MemoryTest, MaskedVectorsStayInsideTheirMask) {
  for (DType dtype : all_dtypes)
    for (int64_t count : {1, 5, 15, 16}) {
      KernelWriter w;
      const Buf in = w.buffer(dtype, count), out = w.buffer(dtype, count, true),
                whole = w.buffer(dtype, 16, true);
      const Reg ids = w.reg(vector(DType::i32)), end = w.reg(vector(DType::i32)),
                mask = w.reg(vector(DType::boolean));
      const Reg value = w.reg(vector(dtype));
      w.kernel.body = {LaneIds{ids},
                       Literal{end, static_cast<double>(count)},
                       Compute{mask, Fn::lt, {ids, end}},
                       Load{value, {in, at(0), {}}, mask},
                       Store{{out, at(0), {}}, value, mask},
                       Store{{whole, at(0), {}}, value, {}}};
      const auto size = static_cast<size_t>(count * bytes_of(dtype));
      Guarded from(size), to(size);
      fill_pattern(from.data(), dtype, count);
      std::vector<std::byte> lanes16(static_cast<size_t>(16 * bytes_of(dtype)), std::byte{0x55});
      run(w.kernel, {from.data(), to.data(), lanes16.data()});
      EXPECT_EQ(std::memcmp(from.data(), to.data(), size), 0) << name_of(dtype) << " " << count;
      EXPECT_EQ(std::memcmp(from.data(), lanes16.data(), size), 0) << name_of(dtype) << " " << count;
      for (size_t i = size; i < lanes16.size(); ++i)
        EXPECT_EQ(lanes16[i], std::byte{0}) << name_of(dtype) << " " << count;
    }
}

// Law: 16 places of their own, masked or not; outside the mask a place may be anywhere.
TEST_P(MemoryTest, GathersAndScattersGoWhereTheyAreTold) {
  for (DType dtype : all_dtypes)
    for (bool masked : {false, true}) {
      constexpr int64_t count = 33;
      KernelWriter w;
      const Buf in = w.buffer(dtype, count), places = w.buffer(DType::i32, 16),
                out = w.buffer(dtype, count, true);
      const Buf chosen = w.buffer(DType::boolean, 16);
      const Reg place = w.reg(vector(DType::i32)), mask = w.reg(vector(DType::boolean)),
                value = w.reg(vector(dtype));
      const std::optional<Reg> lanes_on = masked ? std::optional(mask) : std::nullopt;
      w.kernel.body = {Load{place, {places, at(0), {}}, {}}, Load{mask, {chosen, at(0), {}}, {}},
                       Load{value, {in, at(3), place}, lanes_on},
                       Store{{out, at(3), place}, value, lanes_on}};
      const auto size = static_cast<size_t>(count * bytes_of(dtype));
      Guarded from(size), to(size);
      fill_pattern(from.data(), dtype, count);
      std::memset(to.data(), 0, size);
      // 29 is the last element, -3 the first; the lanes that are off are far outside.
      std::vector<int32_t> where = {29, -3, 0, 7, 28, 1, -1, 11, 14, 2, 22, 9, 25, 4, 17, 20};
      std::vector<uint8_t> on(16, 1);
      for (size_t i = 0; masked && i < 16; i += 3) on[i] = 0, where[i] = i % 2 ? 1000000000 : -1000000000;
      run(w.kernel, {from.data(), where.data(), to.data(), on.data()});
      std::vector<std::byte> want(size, std::byte{0});
      for (size_t i = 0; i < 16; ++i) {
        if (!on[i]) continue;
        const auto offset = static_cast<size_t>((3 + where[i]) * bytes_of(dtype));
        std::memcpy(&want[offset], static_cast<std::byte*>(from.data()) + offset,
                    static_cast<size_t>(bytes_of(dtype)));
      }
      EXPECT_EQ(std::memcmp(to.data(), want.data(), size), 0) << name_of(dtype) << (masked ? " masked" : "");
    }
}

// Law: of two lanes with one place, the higher lane's value stays.
TEST_P(MemoryTest, ScatteredLanesAreWrittenInOrder) {
  for (bool masked : {false, true}) {
    KernelWriter w;
    const Buf out = w.buffer(DType::i32, 1, true);
    const Reg ids = w.reg(vector(DType::i32)), place = w.reg(vector(DType::i32)),
              mask = w.reg(vector(DType::boolean));
    w.kernel.body = {LaneIds{ids}, Literal{place, 0}, Literal{mask, 1},
                     Store{{out, at(0), place}, ids, masked ? std::optional(mask) : std::nullopt}};
    int32_t got = -1;
    run(w.kernel, {&got});
    EXPECT_EQ(got, 15);
  }
}

// Law: a scalar behind a mask that is off is not touched and loads 0; `plus` moves an address by the
// register's value.
TEST_P(MemoryTest, ScalarsObeyMaskAndPlus) {
  for (DType dtype : all_dtypes) {
    KernelWriter w;
    const Buf in = w.buffer(dtype, 4), flags = w.buffer(DType::boolean, 4), out = w.buffer(dtype, 4, true);
    const Buf offset = w.buffer(DType::i32, 1), loaded = w.buffer(dtype, 4, true);
    const Reg plus = w.reg(scalar(DType::i32)), flag = w.reg(scalar(DType::boolean)),
              value = w.reg(scalar(dtype));
    const Var i = w.var();
    w.kernel.body = {
        For{i,
            at(0),
            {at(4)},
            1,
            1,
            {Load{plus, {offset, at(0), {}}, {}}, Load{flag, {flags, index_of(i), {}}, {}},
             Load{value, {in, index_of(i), plus}, flag}, Store{{out, index_of(i), plus}, value, flag},
             Store{{loaded, index_of(i), {}}, value, {}}}}};
    const auto each = static_cast<size_t>(bytes_of(dtype));
    Guarded from(4 * each), to(4 * each);
    fill_pattern(from.data(), dtype, 4);
    std::memset(to.data(), 0x55, 4 * each);
    int32_t one = 1;
    std::vector<uint8_t> on = {1, 0, 1, 0};  // element 4 does not exist
    std::vector<std::byte> got(4 * each);
    run(w.kernel, {from.data(), on.data(), to.data(), &one, got.data()});
    std::vector<std::byte> want(4 * each, std::byte{0x55}), want_loaded(4 * each, std::byte{0});
    for (size_t k : {0, 2}) {
      std::memcpy(&want[(k + 1) * each], static_cast<std::byte*>(from.data()) + (k + 1) * each, each);
      std::memcpy(&want_loaded[k * each], static_cast<std::byte*>(from.data()) + (k + 1) * each, each);
    }
    EXPECT_EQ(std::memcmp(to.data(), want.data(), 4 * each), 0) << name_of(dtype);
    EXPECT_EQ(got, want_loaded) << name_of(dtype);
  }
}

// Law: to[j * to_stride + i] = from[i * from_stride + j], and nothing else is written.
TEST_P(MemoryTest, TransposeTurnsBlock) {
  constexpr int64_t from_stride = 21, to_stride = 19;
  KernelWriter w;
  const Buf in = w.buffer(DType::f32, 16 * from_stride), out = w.buffer(DType::f32, 16 * to_stride, true);
  w.kernel.body = {Transpose{{in, at(2), {}}, from_stride, {out, at(1), {}}, to_stride}};
  std::vector<float> from(16 * from_stride), to(16 * to_stride, -1), want = to;
  std::iota(from.begin(), from.end(), 0.0f);
  for (int64_t i = 0; i < 16; ++i)
    for (int64_t j = 0; j < 16; ++j) want[1 + j * to_stride + i] = from[2 + i * from_stride + j];
  run(w.kernel, {from.data(), to.data()});
  EXPECT_EQ(to, want);
}

// Law: scratch areas hold what was put there, each its own.
TEST_P(MemoryTest, ScratchAreasAreApart) {
  KernelWriter w;
  const Buf out = w.buffer(DType::i32, 32, true);
  const Buf first = w.scratch(DType::i32, 16), second = w.scratch(DType::i32, 16);
  const Reg ids = w.reg(vector(DType::i32)), seven = w.reg(vector(DType::i32)),
            back = w.reg(vector(DType::i32));
  w.kernel.body = {LaneIds{ids},
                   Literal{seven, 7},
                   Store{{first, at(0), {}}, ids, {}},
                   Store{{second, at(0), {}}, seven, {}},
                   Load{back, {first, at(0), {}}, {}},
                   Store{{out, at(0), {}}, back, {}},
                   Load{back, {second, at(0), {}}, {}},
                   Store{{out, at(16), {}}, back, {}},
                   Prefetch{{out, at(0), {}}, true},
                   Prefetch{{out, at(1 << 20), {}}, false}};
  std::vector<int32_t> got(32), want(32, 7);
  std::iota(want.begin(), want.begin() + 16, 0);
  run(w.kernel, {got.data()});
  EXPECT_EQ(got, want);
}

INSTANTIATE_TEST_SUITE_P(Targets, MemoryTest, all_targets, target_name);

}  // namespace
}  // namespace cgan_jit
