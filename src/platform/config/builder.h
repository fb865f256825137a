// yaml-cpp's events become a Node tree, within limits. Private to this room.
//
// Events are taken instead of yaml-cpp's own tree, because they carry every mark, show duplicate keys, and
// let the depth limit stop yaml-cpp's recursion while it is shallow. `Stop` is thrown through yaml-cpp and
// caught by parse(); it leaves this room nowhere.
#pragma once

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "platform/config/node.h"

namespace oree::config {

struct Stop {
  int line;
  int column;
  std::string what;
};

class NodeBuilder final : public YAML::EventHandler {
 public:
  explicit NodeBuilder(std::string_view file) : file_(std::make_shared<const std::string>(file)) {
    root_.file_ = file_;
  }

  Node take_root() { return std::move(root_); }
  // Where the innermost list or map began that is still open; the document's start when none is.
  std::pair<int, int> innermost() const;
  // Where the file's last value begins, when that is text in quotes (or a block).
  std::optional<std::pair<int, int>> last_quoted() const { return last_quoted_; }

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    Node node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;
    std::string key;
    Node::Spot key_spot;
    std::unordered_set<std::string> keys;
  };

  Node make(Node::Kind kind, const YAML::Mark& mark, const std::string& tag);
  bool wants_key() const;
  void set_key(const Node& node);
  void open(Node node, YAML::anchor_t anchor);
  void close();
  void place(Node node, YAML::anchor_t anchor);
  void count_copies(const Node& node);

  std::shared_ptr<const std::string> file_;
  Node root_;
  std::vector<Frame> frames_;
  std::unordered_map<YAML::anchor_t, Node> anchors_;
  size_t nodes_ = 0;
  size_t copies_ = 0;
  bool begun_ = false;
  std::optional<std::pair<int, int>> last_quoted_;
};

}  // namespace oree::config
