// Loads any MQTT broker with QoS 1 publishes and measures acknowledgements. One thread, epoll, MQTT 3.1.1 by
// hand, so that every broker meets the same client. Prints JSON. Driven by bench/telemetry.
//
//   oree-mqtt-bench PORT CLIENTS MESSAGES INFLIGHT [RATE]
//     each client keeps INFLIGHT publishes of 256 bytes unacknowledged; with RATE, all of them together send
//     so many a second, and a message's time runs from when it was due
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

struct Client {
  int fd = -1;
  std::string out;
  std::string in;
  uint16_t next_id = 1;
  bool connected = false;
  std::deque<Clock::time_point> sent;  // acknowledgements come in order
};

void append_string(std::string& to, const std::string& text) {
  to += static_cast<char>(text.size() >> 8);
  to += static_cast<char>(text.size() & 0xFF);
  to += text;
}

std::string connect_packet(const std::string& id) {
  std::string body;
  append_string(body, "MQTT");
  body += "\x04\x02";
  body += std::string("\0\0", 2);
  append_string(body, id);
  return std::string("\x10") + static_cast<char>(body.size()) + body;
}

const std::string kTopic = "bench/load/topic";
constexpr size_t kPayload = 256;

void append_publish(Client& client) {
  const size_t size = 2 + kTopic.size() + 2 + kPayload;
  client.out += '\x32';
  client.out += static_cast<char>((size & 0x7F) | 0x80);
  client.out += static_cast<char>(size >> 7);
  append_string(client.out, kTopic);
  client.out += static_cast<char>(client.next_id >> 8);
  client.out += static_cast<char>(client.next_id & 0xFF);
  client.out.append(kPayload, 'x');
  client.next_id = client.next_id == 0xFFFF ? uint16_t{1} : static_cast<uint16_t>(client.next_id + 1);
}

int open_socket(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) die("connect");
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

class Load {
 public:
  Load(uint16_t port, size_t clients, uint64_t messages, size_t inflight, double rate)
      : clients_(clients), messages_(messages), inflight_(inflight), rate_(rate) {
    poll_ = epoll_create1(0);
    for (size_t i = 0; i < clients; ++i) {
      clients_[i].fd = open_socket(port);
      clients_[i].out = connect_packet("bench-" + std::to_string(getpid()) + "-" + std::to_string(i));
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      epoll_ctl(poll_, EPOLL_CTL_ADD, clients_[i].fd, &event);
      flush(clients_[i]);
    }
    while (std::ranges::any_of(clients_, [](const Client& c) { return !c.connected; })) turn(-1);
  }

  void run() {
    const double cpu_before = cpu_seconds();
    started_ = Clock::now();
    latencies_.reserve(messages_);
    while (acked_ < messages_) {
      give();
      turn(rate_ > 0 ? 0 : 1000);
    }
    seconds_ = std::chrono::duration<double>(Clock::now() - started_).count();
    cpu_seconds_ = cpu_seconds() - cpu_before;
  }

  void print() {
    std::ranges::sort(latencies_);
    const auto at = [&](double p) {
      return latencies_[static_cast<size_t>(p * static_cast<double>(latencies_.size() - 1))];
    };
    std::printf(
        "{\"acked_per_s\": %.0f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"seconds\": %.3f, "
        "\"cpu_seconds\": %.3f}\n",
        static_cast<double>(acked_) / seconds_, at(0.5), at(0.99), seconds_, cpu_seconds_);
  }

 private:
  // As many new publishes as may be under way.
  void give() {
    if (rate_ > 0) return give_paced();
    for (Client& client : clients_) {
      const bool room = client.sent.size() < inflight_ && given_ < messages_;
      if (!room) continue;
      const auto now = Clock::now();
      while (client.sent.size() < inflight_ && given_ < messages_) {
        append_publish(client);
        client.sent.push_back(now);
        ++given_;
      }
      flush(client);
    }
  }

  void give_paced() {
    const double elapsed = std::chrono::duration<double>(Clock::now() - started_).count();
    const auto due = std::min(messages_, static_cast<uint64_t>(elapsed * rate_));
    if (given_ >= due) return;
    std::vector<Client*> touched;
    for (; given_ < due; ++given_) {
      Client& client = clients_[given_ % clients_.size()];
      if (client.out.empty()) touched.push_back(&client);
      append_publish(client);
      client.sent.push_back(started_ +
                            std::chrono::duration_cast<Clock::duration>(
                                std::chrono::duration<double>(static_cast<double>(given_) / rate_)));
    }
    for (Client* client : touched) flush(*client);
  }

  void flush(Client& client) {
    while (!client.out.empty()) {
      const ssize_t sent = send(client.fd, client.out.data(), client.out.size(), MSG_NOSIGNAL);
      if (sent < 0) die("send");
      client.out.erase(0, static_cast<size_t>(sent));
    }
  }

  void turn(int timeout) {
    epoll_event events[256];
    const int count = epoll_wait(poll_, events, 256, timeout);
    for (int i = 0; i < count; ++i) receive(clients_[events[i].data.u64]);
  }

  void receive(Client& client) {
    char room[1 << 14];
    const ssize_t got = recv(client.fd, room, sizeof room, MSG_DONTWAIT);
    if (got == 0) {
      std::fprintf(stderr, "the broker closed a connection\n");
      std::exit(1);
    }
    if (got < 0) return;
    client.in.append(room, static_cast<size_t>(got));
    const auto now = Clock::now();
    size_t at = 0;
    // CONNACK and PUBACK are both four bytes long in 3.1.1.
    for (; client.in.size() - at >= 4; at += 4) {
      const auto type = static_cast<unsigned char>(client.in[at]) >> 4;
      if (type == 2) client.connected = true;
      if (type != 4) continue;
      latencies_.push_back(std::chrono::duration<double, std::milli>(now - client.sent.front()).count());
      client.sent.pop_front();
      ++acked_;
    }
    client.in.erase(0, at);
  }

  std::vector<Client> clients_;
  const uint64_t messages_;
  const size_t inflight_;
  const double rate_;
  int poll_ = -1;
  uint64_t given_ = 0, acked_ = 0;
  Clock::time_point started_;
  double seconds_ = 0;
  double cpu_seconds_ = 0;  // of this process
  std::vector<double> latencies_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: oree-mqtt-bench PORT CLIENTS MESSAGES INFLIGHT [RATE]\n");
    return 2;
  }
  Load load(static_cast<uint16_t>(std::atoi(argv[1])), static_cast<size_t>(std::atoi(argv[2])),
            static_cast<uint64_t>(std::atoll(argv[3])), static_cast<size_t>(std::atoi(argv[4])),
            argc > 5 ? std::atof(argv[5]) : 0);
  load.run();
  load.print();
  return 0;
}
