// From the bytes of a stream to messages: five bytes in front of each say whether it is compressed and how
// long it is. One thread at a time; keeps its memory between calls.
// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md ("Length-Prefixed-Message")
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "platform/grpc/code.h"
#include "platform/grpc/wire/fields.h"

namespace oree::grpc {

inline constexpr size_t kPrefixBytes = 5;
void write_prefix(char* at, bool compressed, size_t length);
// Appends prefix and message, compressed when that makes it shorter.
void append_framed(std::string& out, std::string_view message, Encoding encoding);

class MessageReader {
 public:
  // Before each call. `max_bytes` bounds a message before and after decompression.
  void reset(Encoding encoding, size_t max_bytes);

  // Takes bytes up to the end of the next message and returns how many. Nothing is taken while complete().
  std::expected<size_t, Refusal> feed(std::string_view bytes);
  bool complete() const { return state_ == State::complete; }
  bool between() const { return state_ == State::prefix && have_prefix_ == 0; }
  std::string& message() { return encoded_ ? plain_ : bytes_; }
  const std::string& message() const { return encoded_ ? plain_ : bytes_; }
  void next();  // the message is done with

  size_t kept_bytes() const { return bytes_.capacity() + plain_.capacity(); }
  size_t held_bytes() const { return bytes_.size() + plain_.size(); }
  void give_memory_back();

 private:
  enum class State { prefix, body, complete };
  std::expected<void, Refusal> begin_body();
  std::expected<void, Refusal> complete_body();

  Encoding encoding_ = Encoding::identity;
  size_t max_bytes_ = 0;
  State state_ = State::prefix;
  std::array<char, kPrefixBytes> prefix_{};
  size_t have_prefix_ = 0;
  size_t expected_ = 0;
  bool encoded_ = false;
  std::string bytes_;
  std::string plain_;  // decompressed
};

}  // namespace oree::grpc
