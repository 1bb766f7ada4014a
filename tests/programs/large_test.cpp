#include <gtest/gtest.h>
#include <sys/mman.h>

#include <span>

#include "frontend/session.h"
#include "ir/text.h"

// Tables of more than 2^31 elements: what is found at run time is found there, too.

namespace cgan_jit {
namespace {

constexpr int64_t rows = 60000, columns = 50000;  // of a byte: 3 GB

/// Zeros that take memory only where somebody writes.
class Bytes {
 public:
  Bytes() {
    void* mapped = mmap(nullptr, rows * columns, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    data_ = mapped == MAP_FAILED ? nullptr : static_cast<uint8_t*>(mapped);
  }
  ~Bytes() {
    if (data_) munmap(data_, rows * columns);
  }
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;
  uint8_t* data() { return data_; }
  std::span<const uint8_t> all() const { return {data_, rows * columns}; }

 private:
  uint8_t* data_ = nullptr;
};

const std::vector<int32_t> indices = {59999, 0, 42950, 59999, -1, 60000, 43000};
const std::vector<int64_t> marked = {0, 1, 17, 49999};  // columns that are not 0, in every row of `indices`

uint8_t mark(int64_t row, int64_t column) { return static_cast<uint8_t>(1 + (row * 7 + column * 3) % 250); }

std::vector<float> result_of(const std::string& body, std::span<const uint8_t> table) {
  const Graph graph = parse("graph {\n%at = input \"at\" : i32[7]\n" + body + "\noutput \"y\" %y\n}\n");
  SessionOptions options;
  options.threads = 1;
  options.cache_dir.clear();
  Session session(options);
  session.add("large", graph);
  session.bind(0, "at", indices);
  session.bind(0, "table", table);
  session.run(0);
  return session.output(0, "y");
}

/// `body` delivers [7, columns] of the rows that `row_of` says.
template <typename Row>
void expect_rows(const std::string& body, std::span<const uint8_t> table, const Row& row_of) {
  const std::vector<float> found = result_of(body, table);
  ASSERT_EQ(found.size(), indices.size() * columns);
  for (size_t b = 0; b < indices.size(); ++b) {
    const bool inside = indices[b] >= 0 && indices[b] < rows;
    for (int64_t column = 0; column < columns; ++column) {
      const bool is_marked = inside && std::find(marked.begin(), marked.end(), column) != marked.end();
      const float expected = is_marked ? mark(row_of(indices[b]), column) : 0;
      ASSERT_EQ(found[b * columns + column], expected) << body << " row " << indices[b] << ", " << column;
    }
  }
}

TEST(LargeTables, RowsAreFoundBehind31Bits) {
  Bytes bytes;
  if (!bytes.data()) GTEST_SKIP() << "no 3 GB of addresses";
  for (int32_t row : indices) {
    if (row < 0 || row >= rows) continue;
    for (int64_t column : marked) {
      bytes.data()[row * columns + column] = mark(row, column);
      bytes.data()[(rows - 1 - row) * columns + column] = mark(rows - 1 - row, column);
    }
  }
  const auto same = [](int64_t row) { return row; };
  expect_rows(
      "%t = input \"table\" : u8[60000,50000]\n%g = gather %t, %at : u8[7,50000]\n"
      "%y = to_f32 %g : f32[7,50000]",
      bytes.all(), same);
  // Quotients and remainders besides.
  expect_rows(
      "%t = input \"table\" : u8[60000,250,200]\n%g = gather %t, %at : u8[7,250,200]\n"
      "%r = reshape %g : u8[7,50000]\n%y = to_f32 %r : f32[7,50000]",
      bytes.all(), same);
  expect_rows(
      "%t = input \"table\" : u8[60000,50000]\n"
      "%f = reindex %t [i,j -> -i+59999,j] : u8[60000,50000]\n%g = gather %f, %at : u8[7,50000]\n"
      "%y = to_f32 %g : f32[7,50000]",
      bytes.all(), [](int64_t row) { return rows - 1 - row; });
}

TEST(LargeTables, ColumnsAreFoundBehind31Bits) {
  Bytes bytes;
  if (!bytes.data()) GTEST_SKIP() << "no 3 GB of addresses";
  for (int32_t row : indices) {
    for (int64_t column : marked) {
      if (row >= 0 && row < rows) bytes.data()[column * rows + row] = mark(row, column);
    }
  }
  expect_rows(
      "%t = input \"table\" : u8[50000,60000]\n"
      "%f = reindex %t [i,j -> j,i] : u8[60000,50000]\n%g = gather %f, %at : u8[7,50000]\n"
      "%y = to_f32 %g : f32[7,50000]",
      bytes.all(), [](int64_t row) { return row; });
}

}  // namespace
}  // namespace cgan_jit
