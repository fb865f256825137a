#include "platform/config/node.h"

#include "base/text.h"

namespace oree::config {

Place Node::place() const {
  return {file_ ? *file_ : std::string(), spot_.line, spot_.column};
}

Place Node::key_place() const {
  return {file_ ? *file_ : std::string(), key_spot_.line, key_spot_.column};
}

const Node* Node::find(std::string_view key) const {
  for (const auto& [name, node] : members_) {
    if (name == key) return &node;
  }
  return nullptr;
}

std::unexpected<Error> Node::error(std::string_view what) const {
  return fail(ErrorKind::invalid, cat(place_text(place()), ": ", what));
}

std::string place_text(const Place& place) {
  return cat(place.file, ":", place.line, ":", place.column);
}

std::string found_text(const Node& node) {
  constexpr size_t kShown = 60;
  switch (node.kind()) {
    case Node::Kind::null:
      return "nothing";
    case Node::Kind::list:
      return "a list";
    case Node::Kind::map:
      return "a map";
    case Node::Kind::scalar:
      break;
  }
  const std::string_view text = node.scalar();
  return cat("'", text.substr(0, kShown), text.size() > kShown ? "…'" : "'");
}

}  // namespace oree::config
