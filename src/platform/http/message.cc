#include "platform/http/message.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "platform/http/wire/field_syntax.h"

namespace oree::http {

bool Request::client_gone() const {
  char next;
  if (socket < 0) return false;
  const ssize_t count = ::recv(socket, &next, 1, MSG_PEEK | MSG_DONTWAIT);
  return count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

std::string_view Request::header(std::string_view name) const {
  const auto found = std::ranges::find_if(headers, [&](const Header& h) { return iequals(h.first, name); });
  return found == headers.end() ? std::string_view{} : std::string_view{found->second};
}

std::string_view Request::capture(std::string_view name) const {
  const auto found = std::ranges::find(captures, name, &std::pair<std::string, std::string>::first);
  return found == captures.end() ? std::string_view{} : std::string_view{found->second};
}

Response& Response::with(std::string_view name, std::string_view value) {
  if (is_token(name) && is_field_value(value)) headers.emplace_back(name, value);
  return *this;
}

Response text(int status, std::string_view body) {
  Response response;
  response.status = status;
  response.body = body;
  response.with("Content-Type", "text/plain; charset=utf-8");
  return response;
}

Response json(int status, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  response.with("Content-Type", "application/json");
  return response;
}

}  // namespace oree::http
