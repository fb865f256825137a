#include "platform/zip/entry_name.h"

#include <algorithm>

#include "base/text.h"

namespace oree::zip {
namespace {

constexpr size_t kMaxName = 1'024;
constexpr size_t kMaxShown = 120;

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

}  // namespace

std::optional<std::string> name_fault(std::string_view name) {
  if (name.empty() || name.size() > kMaxName) return cat("has a name of ", name.size(), " bytes");
  if (std::ranges::any_of(name, is_control)) return "has control characters in its name";
  if (name.find('\\') != std::string_view::npos) return "has a backslash in its name";
  if (name.find(':') != std::string_view::npos) return "has a colon in its name";
  if (name.starts_with('/')) return "is an absolute path";
  if (name.ends_with('/')) name.remove_suffix(1);
  for (const std::string_view part : split(name, '/')) {
    if (part == "..") return "leaves its folder by '..'";
    if (part.empty() || part == ".") return "has an empty part in its path";
  }
  return std::nullopt;
}

std::string shown_name(std::string_view name) {
  std::string out(name.substr(0, kMaxShown));
  std::ranges::replace_if(out, is_control, '?');
  return cat("'", out, name.size() > kMaxShown ? "…'" : "'");
}

}  // namespace oree::zip
