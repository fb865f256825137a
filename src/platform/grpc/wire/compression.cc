#include "platform/grpc/wire/compression.h"

#include <zlib.h>

#include <algorithm>

#include "base/text.h"

namespace oree::grpc {
namespace {

constexpr int kWindowBits = 15;
constexpr int kMemoryLevel = 8;
constexpr int kLevel = 1;  // tensors hardly shrink further, and the time is the client's
constexpr size_t kPiece = 64 << 10;

int window_bits(Encoding encoding) {
  return encoding == Encoding::gzip ? kWindowBits + 16 : kWindowBits;
}

Bytef* writable(const char* bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes));  // zlib only reads them
}

}  // namespace

void compress(Encoding encoding, std::string_view plain, std::string& out) {
  z_stream stream{};
  deflateInit2(&stream, kLevel, Z_DEFLATED, window_bits(encoding), kMemoryLevel, Z_DEFAULT_STRATEGY);
  const size_t before = out.size();
  out.resize(before + deflateBound(&stream, plain.size()));
  stream.next_in = writable(plain.data());
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = writable(out.data() + before);
  stream.avail_out = static_cast<uInt>(out.size() - before);
  deflate(&stream, Z_FINISH);
  out.resize(before + stream.total_out);
  deflateEnd(&stream);
}

std::expected<void, Refusal> decompress(Encoding encoding, std::string_view packed, size_t max_bytes,
                                        std::string& out) {
  z_stream stream{};
  if (inflateInit2(&stream, window_bits(encoding)) != Z_OK) {
    return std::unexpected(Refusal{Code::resource_exhausted, "no memory to decompress a message"});
  }
  const size_t before = out.size();
  stream.next_in = writable(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  int state = Z_OK;
  while (state == Z_OK) {
    const size_t done = out.size() - before;
    if (done > max_bytes) break;
    // One byte more than is allowed, so that too much is noticed.
    const size_t room = std::min(std::max(kPiece, done), max_bytes + 1 - done);
    out.resize(before + done + room);
    stream.next_out = writable(out.data() + before + done);
    stream.avail_out = static_cast<uInt>(room);
    state = inflate(&stream, Z_NO_FLUSH);
    out.resize(before + done + room - stream.avail_out);
    if (state == Z_OK && stream.avail_out != 0 && stream.avail_in == 0) break;  // it ends too early
  }
  const bool left_over = stream.avail_in != 0;
  inflateEnd(&stream);
  if (out.size() - before > max_bytes) {
    return std::unexpected(Refusal{Code::resource_exhausted,
                                   cat("a message is larger than ", max_bytes, " bytes when decompressed")});
  }
  if (state == Z_STREAM_END && !left_over) return {};
  return std::unexpected(Refusal{Code::internal, cat("a message is not valid ", name_of(encoding))});
}

}  // namespace oree::grpc
