// Reads a map's fields by name and type, collecting one clear error per mistake.
//
//   Fields fields(node, "camera");
//   camera.path = fields.required<std::string>("path");
//   camera.loop = fields.optional<bool>("loop", false);
//   camera.type = fields.choice("type", {"folder", "http"});
//   if (auto status = fields.finish(); !status) return forward(status);   // also refuses unknown keys
//
// After the first mistake getters return defaults, so that reading goes on and later mistakes are found too;
// finish() returns all of them, one per line, in file order. Not thread-safe.
#pragma once

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
  // `what` names the thing in errors: "camera 'top'".
  Fields(const Node& node, std::string what);

  // T: std::string, bool, int, int64_t, double, float, std::vector<std::string>, std::vector<double>.
  template <class T>
  T required(std::string_view key);
  template <class T>
  T optional(std::string_view key, T fallback);
  std::string choice(std::string_view key, std::span<const std::string> allowed);
  std::string choice(std::string_view key, std::span<const std::string> allowed, std::string_view fallback);
  microseconds duration(std::string_view key, microseconds fallback);  // "500ms"
  uint64_t size(std::string_view key, uint64_t fallback);              // "10GB"

  // Sub-nodes; nullptr when absent (required_node records the mistake).
  const Node* node(std::string_view key);
  const Node* required_node(std::string_view key, Node::Kind kind);
  bool has(std::string_view key) const;

  // Records a mistake at this key (or at the map itself).
  void mistake(std::string_view key, std::string_view what);
  // Takes over the mistakes of a nested read.
  template <class T>
  void absorb(const Result<T>& nested) {
    if (!nested) mistakes_.push_back(nested.error().what);
  }

  // `invalid` with every mistake, one per line; unknown keys are mistakes, with a suggestion.
  Status finish();

 private:
  const Node& node_;
  std::string what_;
  std::vector<std::string> asked_;
  std::vector<std::string> mistakes_;
};

}  // namespace oree::config
