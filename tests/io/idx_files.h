#pragma once

#include <zlib.h>

#include <cstdint>
#include <vector>

// What stands in IDX files, made up.
namespace cgan_jit::io {

using Bytes = std::vector<uint8_t>;

inline void append_word(Bytes& bytes, uint32_t word) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<uint8_t>(word >> shift));
}

inline Bytes images_file(uint32_t count, uint32_t rows, uint32_t cols) {
  Bytes bytes;
  for (uint32_t word : {0x803u, count, rows, cols}) append_word(bytes, word);
  for (uint32_t i = 0; i < count * rows * cols; ++i) bytes.push_back(static_cast<uint8_t>(i * 7));
  return bytes;
}

inline Bytes labels_file(const Bytes& labels) {
  Bytes bytes;
  append_word(bytes, 0x801);
  append_word(bytes, static_cast<uint32_t>(labels.size()));
  bytes.insert(bytes.end(), labels.begin(), labels.end());
  return bytes;
}

inline Bytes gzip(const Bytes& plain) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  Bytes packed(deflateBound(&stream, plain.size()));
  stream.next_in = const_cast<Bytef*>(plain.data());
  stream.avail_in = static_cast<unsigned>(plain.size());
  stream.next_out = packed.data();
  stream.avail_out = static_cast<unsigned>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

}  // namespace cgan_jit::io
