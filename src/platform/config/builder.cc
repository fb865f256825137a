#include "platform/config/builder.h"

#include <array>

#include "base/text.h"

namespace oree::config {
namespace {

constexpr size_t kMaxDepth = 32;
constexpr size_t kMaxNodes = 100'000;
constexpr size_t kMaxCopies = 10'000;

constexpr std::string_view kText = "tag:yaml.org,2002:str";
// "?" is a plain value, "!" a quoted one. The others say what the field's reader checks anyway.
constexpr std::array<std::string_view, 9> kKnownTags{"",
                                                     "?",
                                                     "!",
                                                     kText,
                                                     "tag:yaml.org,2002:int",
                                                     "tag:yaml.org,2002:float",
                                                     "tag:yaml.org,2002:bool",
                                                     "tag:yaml.org,2002:seq",
                                                     "tag:yaml.org,2002:map"};

size_t count(const Node& node) {
  size_t sum = 1;
  for (const auto& item : node.items()) sum += count(item);
  for (const auto& [key, member] : node.members()) sum += count(member);
  return sum;
}

}  // namespace

std::pair<int, int> NodeBuilder::innermost() const {
  const Node::Spot spot = frames_.empty() ? root_.spot_ : frames_.back().node.spot_;
  return {spot.line, spot.column};
}

void NodeBuilder::OnDocumentStart(const YAML::Mark& mark) {
  if (begun_) {
    throw Stop{mark.line + 1, mark.column + 1,
               "the file goes on after its end; only one document is read, check the indentation here"};
  }
  begun_ = true;
}

Node NodeBuilder::make(Node::Kind kind, const YAML::Mark& mark, const std::string& tag) {
  Node node;
  node.kind_ = kind;
  node.file_ = file_;
  node.spot_ = {mark.line + 1, mark.column + 1};
  node.key_spot_ = node.spot_;
  node.quoted_ = tag == "!" || tag == kText;
  bool known = false;
  for (const auto& name : kKnownTags) known = known || tag == name;
  if (!known) throw Stop{node.spot_.line, node.spot_.column, cat("the tag '", tag, "' is not known")};
  last_quoted_.reset();
  if (++nodes_ > kMaxNodes) {
    throw Stop{node.spot_.line, node.spot_.column, cat("more than ", kMaxNodes, " values")};
  }
  return node;
}

bool NodeBuilder::wants_key() const {
  return !frames_.empty() && frames_.back().node.kind_ == Node::Kind::map && !frames_.back().has_key;
}

void NodeBuilder::set_key(const Node& node) {
  const auto [line, column] = node.spot_;
  if (node.kind_ != Node::Kind::scalar) throw Stop{line, column, "a key must be text"};
  if (node.scalar_ == "<<" && !node.quoted_) {
    throw Stop{line, column, "merging with '<<' is not supported; write the keys out"};
  }
  Frame& frame = frames_.back();
  if (!frame.keys.insert(node.scalar_).second) {
    const int first = frame.node.find(node.scalar_)->key_spot_.line;
    throw Stop{line, column, cat("the key '", node.scalar_, "' is written twice, first in line ", first)};
  }
  frame.has_key = true;
  frame.key = node.scalar_;
  frame.key_spot = node.spot_;
}

void NodeBuilder::place(Node node, YAML::anchor_t anchor) {
  if (anchor != 0) {
    count_copies(node);
    anchors_[anchor] = node;
  }
  if (frames_.empty()) {
    root_ = std::move(node);
    return;
  }
  Frame& frame = frames_.back();
  if (frame.node.kind_ == Node::Kind::list) {
    frame.node.items_.push_back(std::move(node));
    return;
  }
  node.key_spot_ = frame.key_spot;
  frame.node.members_.emplace_back(std::move(frame.key), std::move(node));
  frame.has_key = false;
}

void NodeBuilder::count_copies(const Node& node) {
  copies_ += count(node);
  if (copies_ > kMaxCopies) {
    throw Stop{node.spot_.line, node.spot_.column,
               cat("anchors and aliases stand for more than ", kMaxCopies, " values")};
  }
}

void NodeBuilder::open(Node node, YAML::anchor_t anchor) {
  const auto [line, column] = node.spot_;
  if (wants_key()) throw Stop{line, column, "a key must be text"};
  if (frames_.size() >= kMaxDepth) throw Stop{line, column, cat("nested deeper than ", kMaxDepth)};
  Frame frame;
  frame.node = std::move(node);
  frame.anchor = anchor;
  frames_.push_back(std::move(frame));
}

void NodeBuilder::close() {
  Frame frame = std::move(frames_.back());
  frames_.pop_back();
  place(std::move(frame.node), frame.anchor);
}

void NodeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  Node node = make(Node::Kind::null, mark, "");
  if (wants_key()) return set_key(node);
  place(std::move(node), anchor);
}

void NodeBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& value) {
  Node node = make(Node::Kind::scalar, mark, tag);
  node.scalar_ = value;
  if (node.quoted_) last_quoted_ = {node.spot_.line, node.spot_.column};
  if (!wants_key()) return place(std::move(node), anchor);
  if (anchor != 0) anchors_[anchor] = node;
  set_key(node);
}

void NodeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) {
    throw Stop{mark.line + 1, mark.column + 1, "the alias stands inside what it stands for"};
  }
  count_copies(found->second);
  if (wants_key()) return set_key(found->second);
  if (frames_.size() >= kMaxDepth)
    throw Stop{mark.line + 1, mark.column + 1, cat("nested deeper than ", kMaxDepth)};
  place(found->second, 0);
}

void NodeBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                                  YAML::EmitterStyle::value) {
  open(make(Node::Kind::list, mark, tag), anchor);
}

void NodeBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value) {
  open(make(Node::Kind::map, mark, tag), anchor);
}

}  // namespace oree::config
