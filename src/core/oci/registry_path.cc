#include "core/oci/registry_path.h"

#include <algorithm>

#include "base/text.h"
#include "platform/http/message.h"

namespace oree::oci {
namespace {

constexpr size_t kMostName = 255, kMostTag = 128;

bool is_small(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*
bool is_part(std::string_view part) {
  if (part.empty() || !is_small(part.front()) || !is_small(part.back())) return false;
  for (size_t at = 0; at < part.size();) {
    if (is_small(part[at])) {
      ++at;
      continue;
    }
    const size_t end = std::min(part.find_first_of("abcdefghijklmnopqrstuvwxyz0123456789", at), part.size());
    const std::string_view between = part.substr(at, end - at);
    const bool dashes = std::ranges::all_of(between, [](char c) { return c == '-'; });
    if (!dashes && between != "." && between != "_" && between != "__") return false;
    at = end;
  }
  return true;
}

// "plant/ducks/blobs/sha256:…" → "plant/ducks", for the last such word with one segment behind it.
std::optional<RegistryPath> with_word(std::string_view rest, std::string_view word, RegistryThing thing) {
  const size_t slash = rest.rfind('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view before = rest.substr(0, slash);
  if (!before.ends_with(word) || before.size() <= word.size()) return std::nullopt;
  return RegistryPath{thing, std::string(before.substr(0, before.size() - word.size())),
                      std::string(rest.substr(slash + 1))};
}

}  // namespace

bool is_repository_name(std::string_view text) {
  return text.size() <= kMostName && std::ranges::all_of(split(text, '/'), is_part);
}

bool is_tag_name(std::string_view text) {
  const auto is_word = [](char c) { return is_small(c) || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !text.empty() && text.size() <= kMostTag && is_word(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return is_word(c) || c == '.' || c == '-'; });
}

RegistryPath parse_registry_path(std::string_view rest) {
  if (rest.empty()) return {RegistryThing::base, "", ""};
  if (rest == "_catalog") return {RegistryThing::catalog, "", ""};
  std::optional<RegistryPath> found;
  if (rest.ends_with("/tags/list")) {
    found = RegistryPath{RegistryThing::tags, std::string(rest.substr(0, rest.size() - 10)), ""};
  } else if (rest.ends_with("/blobs/uploads")) {
    found = RegistryPath{RegistryThing::uploads, std::string(rest.substr(0, rest.size() - 14)), ""};
  }
  if (!found) found = with_word(rest, "/blobs/uploads", RegistryThing::upload);
  if (found && found->thing == RegistryThing::upload && found->reference.empty())
    found->thing = RegistryThing::uploads;
  if (!found) found = with_word(rest, "/blobs", RegistryThing::blob);
  if (!found) found = with_word(rest, "/manifests", RegistryThing::manifest);
  if (!found) found = with_word(rest, "/referrers", RegistryThing::referrers);
  if (!found) return {};
  if (!is_repository_name(found->name)) found->name.clear();
  return *found;
}

std::vector<std::string> tags_of_query(std::string_view query, size_t most) {
  std::vector<std::string> tags;
  for (const auto& pair : split(query, '&')) {
    if (tags.size() <= most && pair.starts_with("tag="))
      tags.push_back(http::percent_decode(pair.substr(4), true));
  }
  return tags;
}

std::optional<ContentRange> parse_content_range(std::string_view text) {
  if (text.starts_with("bytes=") || text.starts_with("bytes ")) text.remove_prefix(6);
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = parse_number<uint64_t>(text.substr(0, dash));
  const auto last = parse_number<uint64_t>(text.substr(dash + 1));
  if (!first || !last || *last < *first || *last == UINT64_MAX) return std::nullopt;
  return ContentRange{*first, *last};
}

}  // namespace oree::oci
