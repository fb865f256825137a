// The one shape of URL that the client calls: http[s]://host[:port][/path][?query] (RFC 3986).
#include <algorithm>

#include "base/text.h"
#include "platform/http/client.h"

namespace oree::http {
namespace {

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
         c == '_';
}

bool is_address_character(char c) {
  return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || (c >= '0' && c <= '9') || c == ':' || c == '.';
}

// Splits "host:port" or "[v6]:port" and checks both.
Result<Url> parse_authority(std::string_view authority, std::string_view whole, bool tls) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorKind::invalid, cat("URL '", whole, "': ", why));
  };
  if (authority.contains('@')) return refuse("no credentials in the address, use a header");
  Url url;
  url.tls = tls;
  url.port = tls ? 443 : 80;
  std::string_view port;
  if (authority.starts_with('[')) {
    const size_t close = authority.find(']');
    if (close == std::string_view::npos) return refuse("'[' without ']'");
    url.host = authority.substr(1, close - 1);
    port = authority.substr(close + 1);
    if (!std::ranges::all_of(url.host, is_address_character)) return refuse("not an IPv6 address");
  } else {
    const size_t colon = std::min(authority.find(':'), authority.size());
    url.host = authority.substr(0, colon);
    port = authority.substr(colon);
    if (!std::ranges::all_of(url.host, is_host_character)) return refuse("not a host name");
  }
  if (url.host.empty() || url.host.size() > 253) return refuse("the host is missing or too long");
  if (!port.empty() && port != ":") {
    const auto number = port.front() == ':' ? parse_number<uint16_t>(port.substr(1)) : std::nullopt;
    if (!number || *number == 0) return refuse("the port must be 1 to 65535");
    url.port = *number;
  }
  return url;
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  const size_t colon = std::min(text.find("://"), text.size());
  const std::string_view scheme = text.substr(0, colon);
  const bool tls = iequals(scheme, "https");
  if ((!tls && !iequals(scheme, "http")) || colon == text.size()) {
    return fail(ErrorKind::invalid, cat("URL '", text, "': must start with http:// or https://"));
  }
  std::string_view rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  const size_t end = std::min(rest.find_first_of("/?"), rest.size());
  auto url = parse_authority(rest.substr(0, end), text, tls);
  if (!url) return url;
  const std::string_view target = rest.substr(end);
  const bool clean = std::ranges::all_of(target, [](char c) { return c > ' ' && c < '\x7F'; });
  if (!clean)
    return fail(ErrorKind::invalid, cat("URL '", text, "': percent-encode spaces and other characters"));
  url->target = target.starts_with('/') ? std::string(target) : cat("/", target);
  return url;
}

}  // namespace oree::http
