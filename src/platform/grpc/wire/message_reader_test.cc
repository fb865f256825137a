#include "platform/grpc/wire/message_reader.h"

#include <doctest/doctest.h>

#include <vector>

namespace oree::grpc {
namespace {

std::string framed(std::string_view message, Encoding encoding = Encoding::identity) {
  std::string out;
  append_framed(out, message, encoding);
  return out;
}

// Everything of `bytes` in pieces of `piece`; the messages it held.
std::vector<std::string> read_all(std::string_view bytes, size_t piece, Encoding encoding) {
  MessageReader reader;
  reader.reset(encoding, 1 << 20);
  std::vector<std::string> messages;
  while (!bytes.empty()) {
    const auto taken = reader.feed(bytes.substr(0, piece));
    REQUIRE(taken);
    bytes.remove_prefix(*taken);
    if (!reader.complete()) continue;
    messages.push_back(reader.message());
    reader.next();
  }
  CHECK(reader.between());
  return messages;
}

Code refused(std::string_view bytes, Encoding encoding = Encoding::identity, size_t max_bytes = 1 << 20) {
  MessageReader reader;
  reader.reset(encoding, max_bytes);
  const auto taken = reader.feed(bytes);
  return taken ? Code::ok : taken.error().code;
}

}  // namespace

TEST_CASE("Messages are found however their bytes are cut") {
  const std::string long_one(70'000, 'x');
  const std::string stream = framed("one") + framed("") + framed(long_one);
  for (const size_t piece : {1u, 2u, 5u, 7u, 1000u, 100'000u}) {
    CAPTURE(piece);
    CHECK(read_all(stream, piece, Encoding::identity) == std::vector<std::string>{"one", "", long_one});
  }
}

TEST_CASE("Compressed messages come out as they were, small ones go as they are") {
  const std::string text(5000, 'y');
  for (const Encoding encoding : {Encoding::gzip, Encoding::deflate}) {
    const std::string stream = framed(text, encoding) + framed("short", encoding);
    CHECK(stream.size() < 200);
    CHECK(read_all(stream, 11, encoding) == std::vector<std::string>{text, "short"});
  }
}

TEST_CASE("What does not become smaller is not compressed") {
  std::string noise;
  for (uint32_t i = 0, state = 1; i < 4096; ++i)
    noise.push_back(static_cast<char>((state = state * 1664525 + 1013904223) >> 24));
  CHECK(framed(noise, Encoding::gzip).size() == noise.size() + kPrefixBytes);
}

TEST_CASE("A message that says it is too large is refused before it comes") {
  CHECK(refused(std::string_view("\0\0\0\0\x11", 5), Encoding::identity, 16) == Code::resource_exhausted);
  CHECK(refused(std::string_view("\0\xff\xff\xff\xff", 5)) == Code::resource_exhausted);
}

TEST_CASE("A bomb is refused when it has become larger than a message may be") {
  const std::string bomb = framed(std::string(8 << 20, '\0'), Encoding::gzip);
  CHECK(bomb.size() < 64 << 10);
  CHECK(refused(bomb, Encoding::gzip) == Code::resource_exhausted);
}

TEST_CASE("Broken prefixes and broken compression are the client's fault") {
  CHECK(refused(std::string_view("\2\0\0\0\0", 5)) == Code::internal);
  CHECK(refused(std::string_view("\1\0\0\0\1x", 6)) == Code::internal);
  CHECK(refused(std::string_view("\1\0\0\0\1x", 6), Encoding::gzip) == Code::internal);
  std::string cut = framed(std::string(5000, 'y'), Encoding::gzip);
  cut.resize(cut.size() - 4);
  write_prefix(cut.data(), true, cut.size() - kPrefixBytes);
  CHECK(refused(cut, Encoding::gzip) == Code::internal);
  std::string longer = framed(std::string(5000, 'y'), Encoding::gzip) + "more";
  write_prefix(longer.data(), true, longer.size() - kPrefixBytes);
  CHECK(refused(longer, Encoding::gzip) == Code::internal);
}

}  // namespace oree::grpc
