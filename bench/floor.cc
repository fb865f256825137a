// The least that any server can take: one thread, epoll, one read and one write per request, an answer of fixed bytes.
// Reads requests only as far as to know where each ends. usage: oree-floor PORT
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <string_view>

namespace {

constexpr size_t kBody = 180;  // as many bytes as the answer of `simple` in JSON has

struct Client {
  std::string held;
};

// Whole requests at the front of what came; they are taken away.
size_t take_requests(std::string& held) {
  size_t requests = 0;
  for (;;) {
    const size_t head = held.find("\r\n\r\n");
    if (head == std::string::npos) return requests;
    const size_t field = held.find("ontent-Length: ");
    const size_t body = field < head ? std::strtoull(held.c_str() + field + 15, nullptr, 10) : 0;
    if (held.size() < head + 4 + body) return requests;
    held.erase(0, head + 4 + body);
    ++requests;
  }
}

int listen_on(uint16_t port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(listener, 512) != 0) {
    std::perror("oree-floor");
    std::exit(1);
  }
  return listener;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const int listener = listen_on(static_cast<uint16_t>(std::atoi(argv[1])));
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                             std::to_string(kBody) + "\r\n\r\n" + std::string(kBody, 'x');
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  epoll_event interest{.events = EPOLLIN, .data = {.fd = listener}};
  ::epoll_ctl(poll, EPOLL_CTL_ADD, listener, &interest);
  std::map<int, Client> clients;
  std::array<char, 1 << 16> room;
  std::array<epoll_event, 64> ready;
  for (;;) {
    const int count = ::epoll_wait(poll, ready.data(), static_cast<int>(ready.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int socket = ready[static_cast<size_t>(i)].data.fd;
      if (socket == listener) {
        const int client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        const int on = 1;
        ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        interest.data.fd = client;
        ::epoll_ctl(poll, EPOLL_CTL_ADD, client, &interest);
        continue;
      }
      const ssize_t got = ::read(socket, room.data(), room.size());
      if (got <= 0) {
        ::close(socket);
        clients.erase(socket);
        continue;
      }
      std::string& held = clients[socket].held;
      held.append(room.data(), static_cast<size_t>(got));
      for (size_t n = take_requests(held); n > 0; --n) {
        if (::write(socket, answer.data(), answer.size()) < 0) break;
      }
    }
  }
}
