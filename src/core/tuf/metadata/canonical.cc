#include "core/tuf/metadata/canonical.h"

#include <algorithm>

#include "base/text.h"

namespace oree::tuf {
namespace {

void add_text(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

Status add(std::string& out, const json::Value& value);

Status add_array(std::string& out, const json::Array& items) {
  out += '[';
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += ',';
    if (auto added = add(out, items[i]); !added) return added;
  }
  out += ']';
  return {};
}

// UTF-8 sorts by code point when its bytes are compared as unsigned, which is what std::string does.
Status add_object(std::string& out, const json::Object& members) {
  std::vector<const json::Member*> sorted;
  sorted.reserve(members.size());
  for (const auto& member : members) sorted.push_back(&member);
  std::ranges::sort(sorted, {},
                    [](const json::Member* member) -> const std::string& { return member->first; });
  out += '{';
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (i > 0 && sorted[i]->first == sorted[i - 1]->first)
      return fail(ErrorKind::invalid,
                  cat("'", sorted[i]->first.substr(0, 80), "' stands twice in one object"));
    if (i > 0) out += ',';
    add_text(out, sorted[i]->first);
    out += ':';
    if (auto added = add(out, sorted[i]->second); !added) return added;
  }
  out += '}';
  return {};
}

Status add(std::string& out, const json::Value& value) {
  if (const auto* text = value.text()) {
    add_text(out, *text);
  } else if (const auto* array = value.array()) {
    return add_array(out, *array);
  } else if (const auto* object = value.object()) {
    return add_object(out, *object);
  } else if (value.is_null() || value.boolean() != nullptr) {
    out += json::print(value);
  } else {
    const std::string number = json::print(value);
    if (number.find_first_of(".eE") != std::string::npos)
      return fail(ErrorKind::invalid, cat(number, ": signed metadata holds whole numbers only"));
    out += number;
  }
  return {};
}

}  // namespace

Result<std::string> canonical_json(const json::Value& value) {
  std::string out;
  if (auto added = add(out, value); !added) return forward(added);
  return out;
}

}  // namespace oree::tuf
