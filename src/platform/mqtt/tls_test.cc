#include "platform/mqtt/tls.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace oree::mqtt {
namespace {

TEST_CASE("a peer who has gone is an error of the session, not a signal that ends the program") {
  const auto before = std::signal(SIGPIPE, SIG_DFL);
  const auto context = TlsContext::client({});
  REQUIRE(context);
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
  ::close(ends[1]);
  TlsSession session(*context, ends[0]);
  session.act_as_client("localhost");
  CHECK(session.handshake() == TlsState::closed);
  ::close(ends[0]);
  std::signal(SIGPIPE, before);
}

}  // namespace
}  // namespace oree::mqtt
