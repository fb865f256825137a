#include "platform/http/wire/outgoing.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace oree::http {

Sent send_some(int socket, Outgoing& out) {
  while (!out.complete()) {
    std::array<iovec, 2> pieces{};
    size_t count = 0;
    const auto add = [&](std::string_view bytes) {
      if (!bytes.empty()) pieces[count++] = {const_cast<char*>(bytes.data()), bytes.size()};
    };
    const size_t of_head = std::min(out.sent, out.head.size());
    add(std::string_view(out.head).substr(of_head));
    add(out.payload().substr(out.sent - of_head));
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) {
      out.sent += static_cast<size_t>(sent);
    } else if (errno != EINTR) {
      return errno == EAGAIN || errno == EWOULDBLOCK ? Sent::some : Sent::failed;
    }
  }
  return Sent::all;
}

}  // namespace oree::http
