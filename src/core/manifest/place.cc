// Finds a member in a JSON text again. The text has been parsed before: it is JSON, and not too deep.
#include <algorithm>

#include "base/text.h"
#include "core/manifest/findings.h"

namespace oree::manifest {
namespace {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  // The offset of the member's key (or element); of the nearest parent that is there.
  size_t find(const std::vector<std::string>& path) {
    skip_space();
    size_t best = at_;
    for (const auto& key : path) {
      const auto inside = enter(key);
      if (!inside) break;
      best = *inside;
    }
    return best;
  }

 private:
  char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").contains(text_[at_])) ++at_;
  }

  // Stands at a value; goes to the value of its member `key`, the last of that name. Its key's offset.
  std::optional<size_t> enter(const std::string& key) {
    const bool list = here() == '[';
    if (!list && here() != '{') return std::nullopt;
    std::optional<size_t> found_key;
    size_t found_value = at_;
    ++at_;
    for (size_t index = 0;; ++index) {
      skip_space();
      if (at_ >= text_.size() || here() == '}' || here() == ']') break;
      const size_t key_at = at_;
      std::string name = list ? cat(index) : string_value();
      if (!list) {
        skip_space();
        ++at_;  // the colon
        skip_space();
      }
      if (name == key) {
        found_key = key_at;
        found_value = at_;
      }
      skip_value();
      skip_space();
      if (here() == ',') ++at_;
    }
    if (found_key) at_ = found_value;
    return found_key;
  }

  // Only plain escapes matter here: a key written with \u is found as its parent.
  std::string string_value() {
    std::string out;
    if (here() != '"') return out;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      out += text_[at_];
    }
    if (at_ < text_.size()) ++at_;
    return out;
  }

  void skip_value() {
    int depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        string_value();
        if (depth == 0) return;
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') {
        if (depth == 0) return;
        if (--depth == 0) {
          ++at_;
          return;
        }
      }
      if (depth == 0 && c == ',') return;
      ++at_;
    }
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

LineColumn place_of(std::string_view text, const std::vector<std::string>& path) {
  const std::string_view before = text.substr(0, Scanner(text).find(path));
  const size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return {static_cast<int>(std::ranges::count(before, '\n')) + 1,
          static_cast<int>(before.size() - line_start) + 1};
}

}  // namespace oree::manifest
