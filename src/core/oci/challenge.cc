#include "core/oci/challenge.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/http/client.h"
#include "platform/json/value.h"

namespace oree::oci {
namespace {

constexpr size_t kMaxHeader = 8u << 10, kMaxToken = 64u << 10;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out.push_back(c);
    } else {
      constexpr std::string_view kDigits = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      out += cat("%", kDigits[byte >> 4], kDigits[byte & 15]);
    }
  }
  return out;
}

void skip(std::string_view& rest, std::string_view any) {
  while (!rest.empty() && any.contains(rest.front())) rest.remove_prefix(1);
}

std::string_view take_word(std::string_view& rest) {
  size_t size = 0;
  while (size < rest.size() && !std::string_view(" ,=\t\"").contains(rest[size])) ++size;
  const std::string_view word = rest.substr(0, size);
  rest.remove_prefix(size);
  return word;
}

std::string take_value(std::string_view& rest) {
  if (!rest.starts_with('"')) return std::string(take_word(rest));
  std::string out;
  size_t i = 1;
  for (; i < rest.size() && rest[i] != '"'; ++i) {
    if (rest[i] == '\\' && i + 1 < rest.size()) ++i;
    out.push_back(rest[i]);
  }
  rest.remove_prefix(std::min(i + 1, rest.size()));
  return out;
}

// name=value pairs of one scheme, up to the next scheme.
void take_parameters(std::string_view& rest, Challenge& out) {
  while (true) {
    skip(rest, " \t,");
    std::string_view ahead = rest;
    const std::string name = lower(take_word(ahead));
    if (name.empty() || !ahead.starts_with('=')) return;
    ahead.remove_prefix(1);
    rest = ahead;
    const std::string value = take_value(rest);
    if (name == "realm") out.realm = value;
    if (name == "service") out.service = value;
    if (name == "scope") out.scope = value;
  }
}

bool is_this_box(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

}  // namespace

Result<Credentials> parse_credentials(std::string_view text) {
  const std::string_view line = trim(text);
  const size_t colon = line.find(':');
  const bool clean = std::ranges::none_of(line, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  if (colon == std::string_view::npos || colon == 0 || !clean)
    return fail(ErrorKind::invalid,
                "the file with the registry's credentials must hold one line, user:password");
  return Credentials{std::string(line.substr(0, colon)), std::string(line.substr(colon + 1))};
}

std::string basic(const Credentials& credentials) {
  return cat("Basic ", crypto::base64(as_bytes(cat(credentials.user, ":", credentials.password))));
}

std::optional<Challenge> parse_challenge(std::string_view header) {
  std::string_view rest = header.substr(0, kMaxHeader);
  while (true) {
    skip(rest, " \t,");
    const size_t before = rest.size();
    const std::string scheme = lower(take_word(rest));
    Challenge out;
    out.bearer = scheme == "bearer";
    take_parameters(rest, out);
    if (scheme == "basic" || (out.bearer && !out.realm.empty())) return out;
    if (rest.empty()) return std::nullopt;
    if (rest.size() == before) rest.remove_prefix(1);
  }
}

Result<std::string> token_address(const Challenge& challenge, std::string_view host, bool has_password) {
  const auto realm = http::parse_url(challenge.realm);
  if (!realm) return forward(realm, "the registry's token service");
  if (has_password && !realm->tls && !is_this_box(realm->host)) {
    return fail(ErrorKind::denied, cat(host, " asks to tell the password to ", challenge.realm,
                                       " in the clear; its token service must speak https"));
  }
  std::string out =
      cat(challenge.realm, realm->target.contains('?') ? "&" : "?", "service=", escaped(challenge.service));
  for (const std::string_view scope : split(challenge.scope, ' ')) {
    if (!scope.empty()) out += cat("&scope=", escaped(scope));
  }
  return out;
}

Result<std::string> parse_token(std::string_view body) {
  const auto tree = json::parse(body.substr(0, 1 << 20));
  if (!tree) return forward(tree, "the registry's token");
  for (const std::string_view key : {"token", "access_token"}) {
    const json::Value* found = tree->find(key);
    if (found == nullptr || found->text() == nullptr || found->text()->empty()) continue;
    const bool clean = std::ranges::all_of(*found->text(), [](char c) { return c > ' ' && c < '\x7F'; });
    if (clean && found->text()->size() <= kMaxToken) return *found->text();
  }
  return fail(ErrorKind::invalid, "the registry's token service gave no token");
}

}  // namespace oree::oci
