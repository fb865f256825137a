// Files that people write (YAML; JSON is a subset), as a tree that remembers where each value stood, so that
// an error can say station.yaml:12:5, what was expected, and what was probably meant.
//
// Wraps yaml-cpp. Plain scalars stay text: "no", "1.0" and "2026-01-01" mean what the reader of the field
// asks for (fields.h), never what YAML guesses; only `~`, `null` and nothing are null. Refused, each with its
// place: text that is not UTF-8, a key written twice, keys that are no text, a second document, `<<` and
// unknown tags. Limits: 1 MiB, depth 32, 100,000 nodes, of which 10,000 through anchors and aliases. Values,
// no threads.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace oree::config {

struct Place {
  std::string file;
  int line = 0;    // from 1
  int column = 0;  // from 1, in bytes
};

class Node {
 public:
  enum class Kind { null, scalar, list, map };

  Kind kind() const { return kind_; }
  Place place() const;
  Place key_place() const;                               // of a map's member: where its key stands
  const std::string& scalar() const { return scalar_; }  // "" unless a scalar
  bool quoted() const { return quoted_; }                // "1" in quotes is text, never a number
  const std::vector<Node>& items() const { return items_; }
  const std::vector<std::pair<std::string, Node>>& members() const { return members_; }
  const Node* find(std::string_view key) const;

  // An `invalid` error that starts with this node's place.
  std::unexpected<Error> error(std::string_view what) const;

 private:
  friend class NodeBuilder;
  struct Spot {
    int line = 1;
    int column = 1;
  };
  Kind kind_ = Kind::null;
  bool quoted_ = false;
  Spot spot_;
  Spot key_spot_;
  std::shared_ptr<const std::string> file_;
  std::string scalar_;
  std::vector<Node> items_;
  std::vector<std::pair<std::string, Node>> members_;
};

// "'fast'", "a list", "nothing": how errors speak of what was found.
std::string found_text(const Node& node);
// "station.yaml:12:5"
std::string place_text(const Place& place);

// `file` is only the name used in errors.
Result<Node> parse(std::string_view text, std::string_view file);
// `not_found` when the file is not there.
Result<Node> load(const std::string& path);
// A plain text file that a person wrote, such as a list of labels: UTF-8 is checked, a byte order mark
// removed; the same limit of 1 MiB.
Result<std::string> load_text(const std::string& path);

}  // namespace oree::config
