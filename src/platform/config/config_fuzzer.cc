// Any text becomes a tree within the limits or an error with a place; reading fields from it never fails
// otherwise.
#include <cstdint>
#include <cstdlib>

#include "platform/config/fields.h"

namespace {

using oree::config::Fields;
using oree::config::Node;

size_t depth(const Node& node) {
  size_t deepest = 0;
  for (const auto& item : node.items()) deepest = std::max(deepest, depth(item));
  for (const auto& [key, member] : node.members()) deepest = std::max(deepest, depth(member));
  return deepest + 1;
}

void read_fields(const Node& node) {
  Fields fields(node, "thing");
  (void)fields.required<std::string>("a");
  (void)fields.optional<bool>("b", false);
  (void)fields.between<int>("c", 1, 0, 10);
  (void)fields.optional<double>("d", 0);
  (void)fields.optional<std::vector<std::string>>("e", {});
  (void)fields.optional<std::vector<double>>("f", {});
  (void)fields.choice("g", {"one", "two"}, "one");
  (void)fields.duration("h", oree::microseconds(1));
  (void)fields.size("i", 1);
  if (const Node* inner = fields.node("j")) {
    Fields nested(*inner, "nested");
    fields.absorb(nested.finish());
  }
  const auto status = fields.finish();
  if (!status && status.error().what.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto node = oree::config::parse(text, "f.yaml");
  if (!node) {
    if (!node.error().what.starts_with("f.yaml:")) std::abort();
    return 0;
  }
  if (depth(*node) > 66) std::abort();  // 32 levels, once more below an alias, and the leaves
  read_fields(*node);
  return 0;
}
