#include "core/modelconfig/parse.h"

#include <concepts>
#include <type_traits>

#include "base/text.h"
#include "core/modelconfig/fields.h"
#include "core/modelconfig/names.h"
#include "core/modelconfig/read.h"
#include "core/modelconfig/scheduling_fields.h"
#include "core/modelconfig/text/parser.h"
#include "core/modelconfig/words.h"
#include "platform/json/value.h"

namespace oree::modelconfig {

namespace {

// ---- in

Status add_members(Node& into, const std::string& name, const json::Value& value, int depth, size_t& nodes);

Result<Node> node_of(const json::Value& value, int depth, size_t& nodes) {
  if (depth > kMaxDepth) return fail(ErrorKind::invalid, cat("config: nested deeper than ", kMaxDepth));
  if (++nodes > kMaxNodes) return fail(ErrorKind::invalid, cat("config: more than ", kMaxNodes, " values"));
  Node node;
  if (const std::string* text = value.text()) {
    node.kind = Node::Kind::text;
    node.text = *text;
  } else if (const json::Object* object = value.object()) {
    node.kind = Node::Kind::message;
    for (const auto& [name, member] : *object) {
      if (Status added = add_members(node, name, member, depth, nodes); !added) return forward(added);
    }
  } else {
    node.kind = Node::Kind::word;
    const std::optional<int64_t> integer = value.integer();
    node.text = integer ? cat(*integer) : json::print(value);
  }
  return node;
}

Status add_members(Node& into, const std::string& name, const json::Value& value, int depth, size_t& nodes) {
  if (value.is_null()) {
    // As if it were not there.
  } else if (const json::Array* list = value.array()) {
    if (list->empty()) into.members.push_back({name, {}, {}});
    for (const json::Value& each : *list) {
      if (each.array() != nullptr || each.is_null()) {
        return fail(ErrorKind::invalid, cat("config: ", name, ": a list holds values, not lists or null"));
      }
      if (Status added = add_members(into, name, each, depth, nodes); !added) return added;
    }
  } else {
    Result<Node> node = node_of(value, depth + 1, nodes);
    if (!node) return forward(node);
    into.members.push_back({name, {}, std::move(*node)});
  }
  return {};
}

// ---- out

class Writer {
 public:
  explicit Writer(json::Value& out) : out_(out) {}

  template <class T>
  void operator()(std::string_view name, T& member) {
    out_.set(name, value(member));
  }
  template <class T>
  void operator()(std::string_view name, std::optional<T>& member) {
    if constexpr (std::same_as<std::optional<T>, DataType>) {
      out_.set(name, type_name(member));
    } else if (member) {
      out_.set(name, value(*member));
    }
  }
  template <class T>
  void operator()(std::string_view name, std::vector<T>& member) {
    json::Array list;
    for (T each : member) list.push_back(value(each));
    out_.set(name, std::move(list));
  }
  template <class K, class T>
  void operator()(std::string_view name, std::map<K, T>& member) {
    json::Value object{json::Object{}};
    for (auto& [key, each] : member) object.set(cat(key), value(each));
    out_.set(name, std::move(object));
  }
  template <class T>
  void wrapped(std::string_view outer, std::string_view inner, T& member) {
    if constexpr (requires { member.empty(); }) {
      if (member.empty()) return;
    } else {
      if (!member) return;
    }
    json::Value object{json::Object{}};
    Writer inside(object);
    inside(inner, member);
    out_.set(outer, std::move(object));
  }
  template <class T>
  void wrapped_map(std::string_view name, std::string_view inner, std::map<std::string, T>& member) {
    json::Value object{json::Object{}};
    for (auto& [key, each] : member) {
      json::Value content{json::Object{}};
      content.set(inner, value(each));
      object.set(key, std::move(content));
    }
    out_.set(name, std::move(object));
  }
  void choice(std::string_view, FieldNames) {}

 private:
  template <class T>
  static json::Value value(T& member) {
    if constexpr (std::same_as<T, bool> || std::integral<T> || std::same_as<T, std::string>) {
      return json::Value(member);
    } else if constexpr (std::floating_point<T>) {
      return json::Value(static_cast<double>(member));
    } else if constexpr (std::is_enum_v<T>) {
      return json::Value(kWords<T>[static_cast<size_t>(member)]);
    } else {
      json::Value object{json::Object{}};
      Writer writer(object);
      fields(writer, member);
      return object;
    }
  }

  json::Value& out_;
};

}  // namespace

Result<ModelConfig> parse_config(std::string_view text, std::string_view file) {
  const Result<Node> root = parse_text(text, file);
  if (!root) return forward(root);
  return read_config(*root, Origin::text, file);
}

Result<ModelConfig> parse_config_json(std::string_view text) {
  if (text.size() > kMaxText) return fail(ErrorKind::invalid, "config: more than 4 MiB");
  const Result<json::Value> value = json::parse(text);
  if (!value) return forward(value, "config");
  if (value->object() == nullptr) return fail(ErrorKind::invalid, "config: must be a JSON object");
  size_t nodes = 0;
  const Result<Node> root = node_of(*value, 0, nodes);
  if (!root) return forward(root);
  return read_config(*root, Origin::json, "config");
}

std::string print_json(const ModelConfig& config) {
  ModelConfig copy = config;  // the visitor takes what it may change
  json::Value out{json::Object{}};
  Writer writer(out);
  fields(writer, copy);
  return json::print(out);
}

}  // namespace oree::modelconfig
