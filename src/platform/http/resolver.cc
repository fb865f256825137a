#include "platform/http/resolver.h"

#include <netdb.h>
#include <sys/un.h>

#include <condition_variable>
#include <cstring>
#include <optional>

#include "base/text.h"

namespace oree::http {
namespace {

Result<std::vector<Address>> look_up(const std::string& host, uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), cat(port).c_str(), &hints, &found);
  if (error != 0) {
    return fail(ErrorKind::unavailable, cat("host '", host, "' has no address: ", gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> list(found, freeaddrinfo);
  std::vector<Address> addresses;
  for (const addrinfo* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
    Address& address = addresses.emplace_back();
    address.length = entry->ai_addrlen;
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
  }
  return addresses;
}

// The path of a socket in the file system (calls/unix_socket.h) is its own address.
Result<std::vector<Address>> socket_address(const std::string& path) {
  sockaddr_un place{};
  place.sun_family = AF_UNIX;
  if (path.size() >= sizeof place.sun_path)
    return fail(ErrorKind::invalid, cat("'", path, "' is too long for a socket"));
  path.copy(place.sun_path, path.size());
  Address address{};
  address.length = sizeof place;
  std::memcpy(&address.storage, &place, sizeof place);
  return std::vector<Address>{address};
}

}  // namespace

struct Resolver::Answer {
  std::mutex mutex;
  std::condition_variable ready;
  std::optional<Result<std::vector<Address>>> result;

  bool done() {
    const std::lock_guard lock(mutex);
    return result.has_value();
  }
};

std::shared_ptr<Resolver::Answer> Resolver::start_lookup(const std::string& host, uint16_t port) {
  auto answer = std::make_shared<Answer>();
  const std::lock_guard lock(mutex_);
  lookups_.remove_if([](const Lookup& lookup) { return lookup.answer->done(); });
  lookups_.push_back({answer, std::jthread([answer, host, port] {
                        auto result = look_up(host, port, 0);
                        const std::lock_guard answer_lock(answer->mutex);
                        answer->result = std::move(result);
                        answer->ready.notify_all();
                      })});
  return answer;
}

Result<std::vector<Address>> Resolver::resolve(const std::string& host, uint16_t port, MonoTime deadline) {
  if (host.starts_with('/')) return socket_address(host);
  if (auto numeric = look_up(host, port, AI_NUMERICHOST)) return numeric;
  const auto answer = start_lookup(host, port);
  std::unique_lock lock(answer->mutex);
  if (!answer->ready.wait_until(lock, deadline, [&] { return answer->result.has_value(); })) {
    return fail(ErrorKind::timeout, cat("no name server knew '", host, "' in time"));
  }
  return *answer->result;
}

}  // namespace oree::http
