// Files that people write (YAML; JSON is a subset), as a tree that remembers where each value stood, so that
// an error can say station.yaml:12:5, what was expected, and what was probably meant.
//
// Wraps yaml-cpp. Limits: 4 MiB, depth 32, no anchors/aliases expansion beyond 10,000 nodes.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace oree::config {

struct Place {
  std::string file;
  int line = 0;    // from 1
  int column = 0;  // from 1
};

class Node {
 public:
  enum class Kind { null, scalar, list, map };

  Kind kind() const { return kind_; }
  const Place& place() const { return place_; }
  const std::string& scalar() const { return scalar_; }  // "" unless a scalar
  bool quoted() const { return quoted_; }                // "1" in quotes is text, never a number
  const std::vector<Node>& items() const { return items_; }
  const std::vector<std::pair<std::string, Node>>& members() const { return members_; }
  const Node* find(std::string_view key) const;

  // An `invalid` error that starts with this node's place.
  std::unexpected<Error> error(std::string_view what) const;

 private:
  friend Result<Node> parse(std::string_view text, std::string_view file);
  friend struct NodeBuilder;
  Kind kind_ = Kind::null;
  Place place_;
  std::string scalar_;
  bool quoted_ = false;
  std::vector<Node> items_;
  std::vector<std::pair<std::string, Node>> members_;
};

// `file` is only the name used in errors.
Result<Node> parse(std::string_view text, std::string_view file);
// `not_found` when the file is not there.
Result<Node> load(const std::string& path);

}  // namespace oree::config
