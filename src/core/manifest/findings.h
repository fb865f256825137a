// Mistakes in a JSON text, each with the place where it is written. Private to this room.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "platform/json/value.h"

namespace oree::manifest {

// A value and the keys that lead to it.
struct Spot {
  const json::Value* value = nullptr;
  std::vector<std::string> path;

  Spot at(const std::string& key, const json::Value& member) const;
};

class Findings {
 public:
  // Both must outlive this.
  Findings(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  void mistake(const Spot& spot, std::string what, ErrorKind kind = ErrorKind::invalid);
  // The member; when it is absent, that is a mistake. nullptr then.
  const json::Value* required(const Spot& object, const std::string& key);
  // Whether it is an object; a mistake otherwise.
  bool object(const Spot& spot);
  // The text, "" after a mistake.
  std::string text(const Spot& spot);
  // A whole number within its bounds.
  std::optional<int64_t> whole(const Spot& spot, int64_t low, int64_t high);
  // The place of the value in `words`; 0 after a mistake.
  size_t choice(const Spot& spot, std::span<const std::string> words);
  // Each member whose name is not in `allowed` is a mistake.
  void only(const Spot& object, std::span<const std::string> allowed);

  Status finish() const;

 private:
  struct Mistake {
    int line, column;
    std::string text;
  };
  std::string_view text_;
  std::string_view file_;
  std::vector<Mistake> mistakes_;
  ErrorKind kind_ = ErrorKind::invalid;
};

// "'allways'", "a list", "nothing"
std::string found_text(const json::Value& value);

struct LineColumn {
  int line = 1, column = 1;
};
// Where the member at `path` of a valid JSON text is written; the nearest parent that is there otherwise.
LineColumn place_of(std::string_view text, const std::vector<std::string>& path);

}  // namespace oree::manifest
