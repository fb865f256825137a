#include "core/modelconfig/read.h"

#include <algorithm>
#include <concepts>
#include <limits>
#include <type_traits>
#include <utility>

#include "base/text.h"
#include "core/modelconfig/fields.h"
#include "core/modelconfig/scheduling_fields.h"
#include "core/modelconfig/words.h"

namespace oree::modelconfig {

namespace {

// The visitor of one message. Remembers the first mistake.
class Reader {
 public:
  Reader(Origin origin, std::string_view file) : origin_(origin), file_(file) {}

  // All fields of a message; what is left over is a mistake.
  template <class T>
  void message(const Node& node, T& out) {
    if (node.kind != Node::Kind::message) return wrong(node.place, "must be a message, { … }");
    const Scope outer = enter(node);
    fields(*this, out);
    leave(outer);
  }

  template <class T>
  void operator()(std::string_view name, T& member) {
    const Path inside(*this, name);
    one(name, member);
  }
  template <class T>
  void operator()(std::string_view name, std::optional<T>& member) {
    const Path inside(*this, name);
    if constexpr (std::same_as<std::optional<T>, DataType>) {
      one(name, member);
    } else if (const Member* found = single(name)) {
      value(found->value, member.emplace());
    }
  }
  template <class T>
  void operator()(std::string_view name, std::vector<T>& member) {
    const Path inside(*this, name);
    each(name, [&](const Node& node) {
      T element{};
      value(node, element);
      member.push_back(std::move(element));
    });
  }
  template <class K, class T>
  void operator()(std::string_view name, std::map<K, T>& member) {
    const Path inside(*this, name);
    entries(name, [&](const Node& key, const Node* content) {
      K at{};
      value(key, at);
      T& slot = member[at];
      if (content != nullptr) value(*content, slot);
    });
  }
  template <class T>
  void wrapped(std::string_view outer, std::string_view inner, T& member) {
    const Path inside(*this, outer);
    const Member* found = single(outer);
    if (found == nullptr) return;
    unwrap(found->value, inner, member);
    if constexpr (std::same_as<T, std::optional<bool>>) member = member.value_or(false);
    if constexpr (std::same_as<T, std::optional<std::string>>) member = member.value_or("");
  }
  template <class T>
  void wrapped_map(std::string_view name, std::string_view inner, std::map<std::string, T>& member) {
    const Path inside(*this, name);
    entries(name, [&](const Node& key, const Node* content) {
      std::string at;
      value(key, at);
      T& slot = member[at];
      if (content != nullptr) unwrap(*content, inner, slot);
    });
  }
  void choice(std::string_view group, FieldNames names);

  const Status& status() const { return status_; }

 private:
  // The message that is being read, and which fields were asked for.
  struct Scope {
    const Node* node = nullptr;
    std::vector<std::string> asked;
  };
  // One more name in the sentence about a mistake.
  struct Path {
    Path(Reader& of, std::string_view name) : reader(of), before(of.path_.size()) {
      reader.path_ += cat(before == 0 ? "" : ".", name);
    }
    Path(const Path&) = delete;
    Path& operator=(const Path&) = delete;
    ~Path() { reader.path_.resize(before); }
    Reader& reader;
    size_t before;
  };

  Scope enter(const Node& node);
  void leave(const Scope& outer);
  void wrong(Place place, std::string_view what);
  const Member* single(std::string_view name);

  template <class Each>
  void each(std::string_view name, Each take) {
    scope_.asked.emplace_back(name);
    for (const Member& member : scope_.node->members) {
      if (member.name == name && member.value.kind != Node::Kind::nothing) take(member.value);
    }
  }
  // Of a map: text writes { key: … value: … } for each, JSON an object.
  template <class Take>
  void entries(std::string_view name, Take take) {
    each(name, [&](const Node& node) {
      if (node.kind != Node::Kind::message) return wrong(node.place, "must be a message, { … }");
      if (origin_ == Origin::json) {
        for (const Member& member : node.members) {
          take(Node{Node::Kind::text, {}, member.name, {}}, &member.value);
        }
        return;
      }
      const Scope outer = enter(node);
      const Member* key = single("key");
      const Member* content = single("value");
      if (key == nullptr) wrong(node.place, "an entry needs a key");
      if (key != nullptr) take(key->value, content == nullptr ? nullptr : &content->value);
      leave(outer);
    });
  }
  template <class T>
  void unwrap(const Node& node, std::string_view inner, T& member) {
    if (node.kind != Node::Kind::message) return wrong(node.place, "must be a message, { … }");
    const Scope outer = enter(node);
    (*this)(inner, member);
    leave(outer);
  }
  template <class T>
  void one(std::string_view name, T& member) {
    if (const Member* found = single(name)) value(found->value, member);
  }

  template <class T>
  void value(const Node& node, T& out) {
    Status read;
    if constexpr (std::same_as<T, bool>) {
      read = read_bool(node, out);
    } else if constexpr (std::integral<T>) {
      uint64_t bits = 0;
      using Limits = std::numeric_limits<T>;
      read = read_integer(node, origin_, static_cast<int64_t>(Limits::min()),
                          static_cast<uint64_t>(Limits::max()), bits);
      out = static_cast<T>(bits);
    } else if constexpr (std::floating_point<T>) {
      double wide = 0;
      read = read_real(node, wide);
      out = static_cast<T>(wide);
    } else if constexpr (std::same_as<T, std::string>) {
      read = read_string(node, origin_, out);
    } else if constexpr (std::same_as<T, DataType>) {
      read = read_type(node, out);
    } else if constexpr (std::is_enum_v<T>) {
      size_t at = 0;
      read = read_word(node, kWords<T>, at);
      out = static_cast<T>(at);
    } else {
      return message(node, out);
    }
    if (!read) wrong(node.place, read.error().what);
  }

  const Origin origin_;
  const std::string_view file_;
  std::string path_;
  Scope scope_;
  Status status_;
};

Reader::Scope Reader::enter(const Node& node) {
  return std::exchange(scope_, Scope{&node, {}});
}

// Back to the outer message; what nobody asked for is a mistake.
void Reader::leave(const Scope& outer) {
  for (const Member& member : scope_.node->members) {
    if (std::ranges::find(scope_.asked, member.name) != scope_.asked.end()) continue;
    wrong(member.place, cat("no field '", member.name, "' here", did_you_mean(member.name, scope_.asked)));
    break;
  }
  scope_ = outer;
}

void Reader::wrong(Place place, std::string_view what) {
  if (!status_) return;  // the first is told
  std::string where(file_);
  if (place.line > 0) where += cat(":", place.line, ":", place.column);
  where += path_.empty() ? ": " : cat(": ", path_, ": ");
  status_ = fail(ErrorKind::invalid, where + std::string(what));
}

// The one field of this name; a second one is a mistake.
const Member* Reader::single(std::string_view name) {
  scope_.asked.emplace_back(name);
  const Member* found = nullptr;
  for (const Member& member : scope_.node->members) {
    if (member.name != name) continue;
    if (member.value.kind == Node::Kind::nothing) {
      wrong(member.place, "is no list");
    } else if (found != nullptr) {
      wrong(member.place, cat("field '", name, "' is specified multiple times"));
    } else {
      found = &member;
    }
  }
  return found;
}

void Reader::choice(std::string_view group, FieldNames names) {
  const Member* first = nullptr;
  for (const Member& member : scope_.node->members) {
    if (std::ranges::find(names, std::string_view(member.name)) == names.end()) continue;
    if (first == nullptr || first->name == member.name) {
      first = &member;
      continue;
    }
    wrong(member.place, cat("field '", member.name, "' is specified along with field '", first->name,
                            "', another member of '", group, "'"));
  }
}

}  // namespace

Result<ModelConfig> read_config(const Node& root, Origin origin, std::string_view file) {
  ModelConfig config;
  Reader reader(origin, file);
  reader.message(root, config);
  if (!reader.status()) return forward(reader.status());
  return config;
}

}  // namespace oree::modelconfig
