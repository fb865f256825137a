#include "nodes/hub/door/names.h"

#include <algorithm>

#include "base/text.h"
#include "platform/crypto/crypto.h"

namespace oree::hub {
namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.';
}

}  // namespace

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && text[0] != '.' && std::ranges::all_of(text, is_plain);
}

bool is_tag(std::string_view text) {
  const auto allowed = [](char c) { return is_plain(c) || c == '=' || c == ':'; };
  return !text.empty() && text.size() <= 64 && text[0] != '=' && std::ranges::all_of(text, allowed);
}

bool is_version(std::string_view text) {
  return is_name(text) && text.size() <= 32;
}

bool is_digest(std::string_view text) {
  return text.starts_with("sha256:") && crypto::parse_digest(text.substr(7));
}

bool is_package_path(std::string_view text) {
  if (text.empty() || text.size() > 256) return false;
  return std::ranges::all_of(split(text, '/'), [](std::string_view part) {
    return !part.empty() && part != "." && part != ".." && std::ranges::all_of(part, is_plain);
  });
}

}  // namespace oree::hub
