#include "platform/json/value.h"

#include <cmath>

#include "base/text.h"

namespace oree::json {
namespace {

void print_double(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  const size_t start = out.size();
  detail::append(out, value);
  if (out.find_first_of(".e", start) == std::string::npos) out += ".0";
}

void new_line(std::string& out, int indent, int level) {
  if (indent == 0) return;
  out += '\n';
  out.append(static_cast<size_t>(indent) * static_cast<size_t>(level), ' ');
}

template <class Items, class PrintItem>
void print_group(std::string& out, char open, char close, const Items& items, int indent, int level,
                 const PrintItem& print_item) {
  out += open;
  bool first = true;
  for (const auto& item : items) {
    if (!first) out += ',';
    first = false;
    new_line(out, indent, level + 1);
    print_item(item);
  }
  if (!first) new_line(out, indent, level);
  out += close;
}

}  // namespace

std::optional<double> Value::number() const {
  if (const auto* i = std::get_if<int64_t>(&data_)) return static_cast<double>(*i);
  if (const auto* u = std::get_if<uint64_t>(&data_)) return static_cast<double>(*u);
  if (const auto* d = std::get_if<double>(&data_)) return *d;
  return std::nullopt;
}

std::optional<int64_t> Value::integer() const {
  if (const auto* i = std::get_if<int64_t>(&data_)) return *i;
  const auto* d = std::get_if<double>(&data_);
  // 2^63 itself is a double, and the first one that does not fit.
  if (d && *d >= -0x1p63 && *d < 0x1p63 && *d == std::trunc(*d)) return static_cast<int64_t>(*d);
  return std::nullopt;
}

const Value* Value::find(std::string_view key) const {
  const Object* members = object();
  if (!members) return nullptr;
  for (auto member = members->rbegin(); member != members->rend(); ++member) {
    if (member->first == key) return &member->second;
  }
  return nullptr;
}

Value& Value::set(std::string_view key, Value value) {
  if (is_null()) data_ = Object();
  if (const Value* found = find(key)) {
    *const_cast<Value*>(found) = std::move(value);
  } else {
    std::get<Object>(data_).emplace_back(key, std::move(value));
  }
  return *this;
}

Value& Value::push(Value value) {
  if (is_null()) data_ = Array();
  std::get<Array>(data_).push_back(std::move(value));
  return *this;
}

void print_to(std::string& out, const Value& value, int indent, int level) {
  if (value.is_null()) {
    out += "null";
  } else if (const bool* b = value.boolean()) {
    out += *b ? "true" : "false";
  } else if (const std::string* s = value.text()) {
    quote_to(out, *s);
  } else if (const auto* i = std::get_if<int64_t>(&value.data_)) {
    detail::append(out, *i);
  } else if (const auto* u = std::get_if<uint64_t>(&value.data_)) {
    detail::append(out, *u);
  } else if (const auto* d = std::get_if<double>(&value.data_)) {
    print_double(out, *d);
  } else if (const Array* array = value.array()) {
    print_group(out, '[', ']', *array, indent, level,
                [&](const Value& item) { print_to(out, item, indent, level + 1); });
  } else {
    print_group(out, '{', '}', *value.object(), indent, level, [&](const Member& member) {
      quote_to(out, member.first);
      out += indent == 0 ? ":" : ": ";
      print_to(out, member.second, indent, level + 1);
    });
  }
}

std::string print(const Value& value, int indent) {
  std::string out;
  print_to(out, value, indent, 0);
  return out;
}

}  // namespace oree::json
