#include "core/oci/reference.h"

#include <algorithm>

#include "base/text.h"

namespace oree::oci {
namespace {

bool is_lower(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_tag(std::string_view tag) {
  const auto letter = [](char c) { return is_lower(c) || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !tag.empty() && tag.size() <= 128 && letter(tag.front()) &&
         std::ranges::all_of(tag, [&](char c) { return letter(c) || c == '.' || c == '-'; });
}

// [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*
bool is_component(std::string_view part) {
  if (part.empty() || !is_lower(part.front()) || !is_lower(part.back())) return false;
  for (size_t i = 0; i < part.size();) {
    if (is_lower(part[i])) {
      ++i;
      continue;
    }
    const size_t start = i;
    while (i < part.size() && !is_lower(part[i])) ++i;
    const std::string_view between = part.substr(start, i - start);
    const bool dashes = std::ranges::all_of(between, [](char c) { return c == '-'; });
    if (!dashes && between != "." && between != "_" && between != "__") return false;
  }
  return true;
}

bool is_name(std::string_view name) {
  return name.size() <= 255 && std::ranges::all_of(split(name, '/'), is_component);
}

bool is_this_box(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

std::unexpected<Error> wrong(std::string_view text, std::string_view what) {
  return fail(ErrorKind::invalid, cat("'", text.substr(0, 200), "': ", what,
                                      "; write for example registry.example/plant/ducks:3"));
}

Result<http::Url> parse_host(std::string_view host, std::string_view scheme) {
  auto url = http::parse_url(cat(scheme.empty() ? "https://" : scheme, host, "/"));
  if (!url) return url;
  if (scheme.empty() && is_this_box(url->host)) return http::parse_url(cat("http://", host, "/"));
  return url;
}

}  // namespace

std::string Reference::object() const {
  return digest ? digest_text(*digest) : tag;
}

std::string Reference::text() const {
  const bool v6 = registry.host.contains(':');
  const std::string host = v6 ? cat("[", registry.host, "]") : registry.host;
  const std::string port = registry.port == (registry.tls ? 443 : 80) ? "" : cat(":", registry.port);
  return cat(host, port, "/", name, digest ? "@" : ":", object());
}

std::string digest_text(const crypto::Digest& digest) {
  return cat("sha256:", digest.hex());
}

Result<crypto::Digest> parse_digest_text(std::string_view text) {
  if (!text.starts_with("sha256:")) {
    return fail(text.contains(':') ? ErrorKind::unsupported : ErrorKind::invalid,
                cat("'", text.substr(0, 200), "' is no digest by sha256, the only one spoken here"));
  }
  const auto digest = crypto::parse_digest(text.substr(7));
  if (!digest)
    return fail(ErrorKind::invalid, cat("'", text.substr(0, 200), "' is no sha256 in 64 hex digits"));
  return *digest;
}

Result<Reference> parse_reference(std::string_view text) {
  std::string_view rest = text, scheme;
  for (const std::string_view one : {"http://", "https://"}) {
    if (!rest.starts_with(one)) continue;
    scheme = one;
    rest.remove_prefix(one.size());
  }
  const size_t slash = rest.find('/');
  if (slash == std::string_view::npos || slash == 0) return wrong(text, "it needs a registry and a name");
  const auto url = parse_host(rest.substr(0, slash), scheme);
  if (!url) return wrong(text, url.error().what);
  Reference out;
  out.registry = *url;
  rest.remove_prefix(slash + 1);
  if (const size_t at = rest.find('@'); at != std::string_view::npos) {
    const auto digest = parse_digest_text(rest.substr(at + 1));
    if (!digest) return forward(digest, text);
    out.digest = *digest;
    rest = rest.substr(0, at);
  } else {
    const size_t colon = rest.rfind(':');
    out.tag = colon == std::string_view::npos ? "latest" : std::string(rest.substr(colon + 1));
    if (!is_tag(out.tag)) return wrong(text, cat("'", out.tag, "' is no tag"));
    rest = rest.substr(0, colon);
  }
  if (!is_name(rest))
    return wrong(text, cat("'", rest, "' is no name: lower-case letters and digits, joined by . _ - /"));
  out.name = std::string(rest);
  return out;
}

}  // namespace oree::oci
