#include "platform/mqtt/websocket.h"

#include <doctest/doctest.h>

using namespace oree;
using namespace oree::mqtt;

namespace {

constexpr std::string_view kRequest =
    "GET /mqtt HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: mqttv3.1, mqtt\r\n\r\n";

ByteBuffer masked(unsigned first, std::string_view body) {
  ByteBuffer frame{static_cast<std::byte>(first), static_cast<std::byte>(0x80 | body.size())};
  const std::byte mask[] = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
  frame.insert(frame.end(), std::begin(mask), std::end(mask));
  for (size_t i = 0; i < body.size(); ++i) frame.push_back(static_cast<std::byte>(body[i]) ^ mask[i % 4]);
  return frame;
}

struct Open {
  WebSocketServer server{1000};
  ByteBuffer payload;
  ByteBuffer reply;
  Open() {
    REQUIRE(server.feed(as_bytes(kRequest), payload, reply));
    reply.clear();
  }
};

}  // namespace

TEST_CASE("TheUpgradeIsAnsweredAsTheRfcShows") {
  CHECK(websocket_accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  WebSocketServer server(1000);
  ByteBuffer payload;
  ByteBuffer reply;
  for (const char c : kRequest) REQUIRE(server.feed(as_bytes({&c, 1}), payload, reply));
  CHECK(server.is_open());
  CHECK(as_text(reply).find("101 Switching") != std::string_view::npos);
  CHECK(as_text(reply).find("Sec-WebSocket-Protocol: mqtt\r\n") != std::string_view::npos);
}

TEST_CASE("ARequestWithoutTheSubprotocolIsRefused") {
  WebSocketServer server(1000);
  ByteBuffer payload;
  ByteBuffer reply;
  CHECK_FALSE(server.feed(as_bytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), payload, reply));
  CHECK(as_text(reply).starts_with("HTTP/1.1 400"));
  WebSocketServer other(1000);
  CHECK_FALSE(other.feed(ByteBuffer(9000, std::byte{'x'}), payload, reply));
}

TEST_CASE("FramesCarryBytesWhateverTheirBorders") {
  Open open;
  const ByteBuffer first = masked(0x02, "hel");
  const ByteBuffer ping = masked(0x89, "p");
  const ByteBuffer second = masked(0x80, "lo");
  for (const ByteBuffer& frame : {first, ping, second}) {
    for (const std::byte b : frame) REQUIRE(open.server.feed({&b, 1}, open.payload, open.reply));
  }
  CHECK(as_text(open.payload) == "hello");
  CHECK(to_hex(open.reply) == "8a0170");
}

TEST_CASE("WhatWebSocketForbidsEndsTheConnection") {
  struct Row {
    const char* what;
    ByteBuffer frame;
  };
  const Row rows[] = {
      {"not masked", {std::byte{0x82}, std::byte{0x01}, std::byte{'x'}}},
      {"text", masked(0x81, "x")},
      {"reserved bit", masked(0xc2, "x")},
      {"continuation of nothing", masked(0x80, "x")},
      {"ping in pieces", masked(0x09, "x")},
      {"too long", *from_hex("82fe0fff00000000")},
      {"close", masked(0x88, "")},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    Open open;
    CHECK_FALSE(open.server.feed(row.frame, open.payload, open.reply));
    CHECK(std::to_integer<int>(open.reply.at(0)) == 0x88);
  }
}
