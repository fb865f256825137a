#include "platform/grpc/wire/message_reader.h"

#include <algorithm>

#include "base/text.h"
#include "platform/grpc/wire/compression.h"

namespace oree::grpc {
namespace {

// So much of an announced message gets its room at once; beyond it the room grows as bytes come.
constexpr size_t kTrusted = 1 << 20;
constexpr size_t kWorthCompressing = 256;

}  // namespace

void write_prefix(char* at, bool compressed, size_t length) {
  at[0] = compressed ? 1 : 0;
  for (size_t i = 0; i < 4; ++i) at[1 + i] = static_cast<char>(length >> (8 * (3 - i)));
}

void append_framed(std::string& out, std::string_view message, Encoding encoding) {
  const size_t start = out.size();
  out.append(kPrefixBytes, '\0');
  if (encoding != Encoding::identity && message.size() >= kWorthCompressing) {
    compress(encoding, message, out);
    const size_t packed = out.size() - start - kPrefixBytes;
    if (packed < message.size()) return write_prefix(out.data() + start, true, packed);
    out.resize(start + kPrefixBytes);
  }
  out += message;
  write_prefix(out.data() + start, false, message.size());
}

void MessageReader::reset(Encoding encoding, size_t max_bytes) {
  encoding_ = encoding;
  max_bytes_ = max_bytes;
  next();
}

void MessageReader::next() {
  state_ = State::prefix;
  have_prefix_ = 0;
  expected_ = 0;
  encoded_ = false;
  bytes_.clear();
  plain_.clear();
}

void MessageReader::give_memory_back() {
  std::string().swap(bytes_);
  std::string().swap(plain_);
}

std::expected<void, Refusal> MessageReader::begin_body() {
  expected_ = 0;
  for (size_t i = 1; i < kPrefixBytes; ++i) expected_ = expected_ << 8 | static_cast<uint8_t>(prefix_[i]);
  const auto flag = static_cast<uint8_t>(prefix_[0]);
  if (flag > 1) return std::unexpected(Refusal{Code::internal, cat("a message starts with the byte ", flag)});
  encoded_ = flag == 1;
  if (encoded_ && encoding_ == Encoding::identity) {
    return std::unexpected(
        Refusal{Code::internal, "a message is marked as compressed, and no grpc-encoding says how"});
  }
  if (expected_ > max_bytes_) {
    return std::unexpected(Refusal{Code::resource_exhausted,
                                   cat("a message of ", expected_, " bytes is larger than ", max_bytes_)});
  }
  bytes_.reserve(std::min(expected_, kTrusted));
  state_ = State::body;
  return {};
}

std::expected<void, Refusal> MessageReader::complete_body() {
  state_ = State::complete;
  if (!encoded_) return {};
  return decompress(encoding_, bytes_, max_bytes_, plain_);
}

std::expected<size_t, Refusal> MessageReader::feed(std::string_view bytes) {
  size_t taken = 0;
  if (state_ == State::prefix) {
    taken = std::min(bytes.size(), kPrefixBytes - have_prefix_);
    std::copy_n(bytes.data(), taken, prefix_.data() + have_prefix_);
    have_prefix_ += taken;
    if (have_prefix_ < kPrefixBytes) return taken;
    if (auto begun = begin_body(); !begun) return std::unexpected(std::move(begun.error()));
  }
  if (state_ == State::complete) return taken;
  const size_t piece = std::min(bytes.size() - taken, expected_ - bytes_.size());
  bytes_.append(bytes.substr(taken, piece));
  taken += piece;
  if (bytes_.size() < expected_) return taken;
  if (auto completed = complete_body(); !completed) return std::unexpected(std::move(completed.error()));
  return taken;
}

}  // namespace oree::grpc
