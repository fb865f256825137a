// Reads a map's fields by name and type, collecting one clear error per mistake.
//
//   Fields fields(node, "camera 'top'");
//   camera.path = fields.required<std::string>("path");
//   camera.loop = fields.optional<bool>("loop", false);
//   camera.type = fields.choice("type", {"folder", "http"});
//   if (auto status = fields.finish(); !status) return forward(status);   // also refuses unknown keys
//
//   station.yaml:12:5: camera 'top': unknown key 'deadlin'; did you mean 'deadline'?
//   station.yaml:13:15: camera 'top': 'deadline' must be a duration such as 500ms, got 'fast'
//
// After the first mistake getters return defaults, so that reading goes on and later mistakes are found too;
// finish() returns all of them, one per line, in file order. Of one key the first mistake is kept. After a
// wrong choice unknown keys are not reported: which keys belong there depends on it. Types are strict where
// YAML guesses: a bool is true or false, a number stands without quotes and is finite. Not thread-safe; the
// node must outlive this.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "platform/config/node.h"

namespace oree::config {

class Fields {
 public:
  // `what` names the thing in errors: "camera 'top'"; "" for nothing.
  Fields(const Node& node, std::string what);

  // T: std::string, bool, int, int64_t, double, float, std::vector of std::string, int64_t or double.
  template <class T>
  T required(std::string_view key);
  template <class T>
  T optional(std::string_view key, T fallback);
  // T: int, int64_t, double, float; a mistake outside [low, high].
  template <class T>
  T between(std::string_view key, T fallback, T low, T high);
  std::string choice(std::string_view key, std::span<const std::string> allowed);
  std::string choice(std::string_view key, std::span<const std::string> allowed, std::string_view fallback);
  std::string choice(std::string_view key, std::initializer_list<std::string_view> allowed);
  std::string choice(std::string_view key, std::initializer_list<std::string_view> allowed,
                     std::string_view fallback);
  microseconds duration(std::string_view key, microseconds fallback);  // "500ms"
  uint64_t size(std::string_view key, uint64_t fallback);              // "10GB"

  // Sub-nodes; nullptr when absent or null (required_node records the mistake).
  const Node* node(std::string_view key);
  const Node* required_node(std::string_view key, Node::Kind kind);
  bool has(std::string_view key) const;

  // Records a mistake at this key: "must be even" becomes "'count' must be even". With "" at the map itself.
  void mistake(std::string_view key, std::string_view what);
  // Takes over the mistakes of a nested read.
  template <class T>
  void absorb(const Result<T>& nested) {
    if (!nested) absorb_text(nested.error().what);
  }

  // `invalid` with every mistake, one per line; unknown keys are mistakes, with a suggestion.
  Status finish();

 private:
  struct Mistake {
    int line;
    int column;
    size_t order;     // of being found, where places are equal
    std::string key;  // "" when of no key
    std::string text;
  };

  // The member, remembered as asked for; nullptr when absent or null.
  const Node* ask(std::string_view key);
  // The member; when absent the mistake is recorded.
  const Node* demand(std::string_view key);
  std::string choose(const Node* node, std::string_view key, std::span<const std::string> allowed,
                     std::string_view fallback);
  void add(const Place& place, std::string_view key, std::string_view what);
  void absorb_text(std::string_view text);
  void find_unknown_keys();

  const Node& node_;
  std::string what_;
  bool is_map_;
  bool wrong_choice_ = false;
  std::vector<std::string> asked_;
  std::vector<Mistake> mistakes_;
};

}  // namespace oree::config
