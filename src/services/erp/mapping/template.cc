#include "services/erp/mapping/template.h"

#include <algorithm>
#include <cmath>

#include "base/clock.h"
#include "base/text.h"
#include "services/erp/answer.h"
#include "services/erp/work_order.h"

namespace oree::erp {
namespace {

using config::Node;

std::string text_of(const json::Value& value) {
  if (value.is_null()) return {};
  return value.text() != nullptr ? *value.text() : json::print(value);
}

const std::vector<std::string>& order_members() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    const json::Value sample = work_order_json({});
    for (const auto& member : *sample.object()) names.push_back(member.first);
    return names;
  }();
  return kNames;
}

// Why this path names nothing; "" when it may.
std::string path_fault(const std::vector<std::string>& path, const Names& names, bool in_each) {
  static const std::vector<std::string> kRoots{"order", "item", "number", "secret"};
  const std::string& root = path.front();
  if (root == "order") {
    if (path.size() < 2) return {};
    const auto& members = order_members();
    if (std::ranges::find(members, path[1]) != members.end()) return {};
    return cat("an order has no '", path[1], "'", did_you_mean(path[1], members));
  }
  if (root == "item") return in_each ? "" : "'item' stands inside $item only";
  if (root == "number") return names.number && path.size() == 1 ? "" : "there is no number here";
  if (root != "secret") return cat("there is no '", root, "'", did_you_mean(root, kRoots));
  if (!names.secret) return "a secret may not stand here, addresses are written to logs";
  if (path.size() != 2 || names.secrets == nullptr) return "a secret is named as secret.name";
  if (std::ranges::find(*names.secrets, path[1]) != names.secrets->end()) return {};
  return cat("'secrets' has no '", path[1], "'", did_you_mean(path[1], *names.secrets));
}

Result<Filter> read_filter(std::string_view text, const Names& names) {
  using Kind = Filter::Kind;
  static const std::vector<std::pair<std::string_view, Kind>> kPlain{
      {"date", Kind::date}, {"datetime", Kind::datetime}, {"ms", Kind::ms},
      {"text", Kind::text}, {"json", Kind::json},         {"number", Kind::number}};
  for (const auto& [name, kind] : kPlain) {
    if (text == name) return Filter{.kind = kind};
  }
  if (text.starts_with("map ")) {
    const std::string name(trim(text.substr(4)));
    const bool known = names.tables != nullptr && names.tables->contains(name);
    if (!known) return fail(ErrorKind::invalid, cat("'maps' has no '", name, "'"));
    return Filter{.kind = Kind::map, .table = &names.tables->find(name)->second, .name = name};
  }
  if (text.starts_with("cut ")) {
    const auto bytes = parse_number<size_t>(trim(text.substr(4)));
    if (!bytes) return fail(ErrorKind::invalid, "'cut' needs a number of bytes");
    return Filter{.kind = Kind::cut, .table = nullptr, .name = "", .bytes = *bytes};
  }
  return fail(ErrorKind::invalid,
              cat("'", text, "' is none of map, date, datetime, ms, text, json, number, cut"));
}

Result<Placeholder> read_placeholder(std::string_view text, const Names& names, bool in_each) {
  const auto parts = split(text, '|');
  Placeholder out;
  for (const std::string_view part : split(trim(parts.front()), '.')) {
    if (part.empty()) return fail(ErrorKind::invalid, cat("'{{", text, "}}' names nothing"));
    out.path.emplace_back(part);
  }
  if (out.path.empty()) return fail(ErrorKind::invalid, "'{{}}' names nothing");
  if (const auto fault = path_fault(out.path, names, in_each); !fault.empty())
    return fail(ErrorKind::invalid, fault);
  for (size_t i = 1; i < parts.size(); ++i) {
    auto filter = read_filter(trim(parts[i]), names);
    if (!filter) return forward(filter);
    out.filters.push_back(*std::move(filter));
  }
  return out;
}

Result<json::Value> apply_time(const Filter& filter, const json::Value& value) {
  if (value.is_null()) return value;
  const auto time = value.text() == nullptr ? std::nullopt : parse_iso(*value.text());
  if (!time) return fail(ErrorKind::invalid, cat("'", text_of(value), "' is no time"));
  const std::string iso = iso_text(*time);
  if (filter.kind == Filter::Kind::date) return iso.substr(0, iso.find('T'));
  if (filter.kind == Filter::Kind::ms)
    return static_cast<int64_t>(std::chrono::floor<milliseconds>(*time).time_since_epoch().count());
  return cat(iso.substr(0, iso.find('T')), " ", iso.substr(iso.find('T') + 1, 8));
}

Result<json::Value> as_number(const json::Value& value) {
  const std::string text = text_of(value);
  if (const auto integer = parse_number<int64_t>(text)) return *integer;
  if (const auto real = parse_number<double>(text); real && std::isfinite(*real)) return *real;
  return fail(ErrorKind::invalid, cat("'", text, "' is no number"));
}

Result<json::Value> apply(const Filter& filter, json::Value value) {
  switch (filter.kind) {
    case Filter::Kind::map: {
      auto found = filter.table->find(text_of(value));
      if (found == filter.table->end()) found = filter.table->find("*");
      if (found != filter.table->end()) return found->second;
      return fail(ErrorKind::invalid, cat("map '", filter.name, "' has no entry for '", text_of(value), "'"));
    }
    case Filter::Kind::text:
      return text_of(value);
    case Filter::Kind::json:
      return json::print(value);
    case Filter::Kind::number:
      return as_number(value);
    case Filter::Kind::cut:
      return cut(text_of(value), filter.bytes);
    default:
      return apply_time(filter, value);
  }
}

}  // namespace

json::Value constant(const Node& scalar) {
  if (scalar.kind() != Node::Kind::scalar) return {};
  const std::string& text = scalar.scalar();
  if (scalar.quoted()) return text;
  if (text == "true" || text == "false") return text == "true";
  if (const auto integer = parse_number<int64_t>(text)) return *integer;
  // Words such as inf are text, and a number in JSON begins with a digit.
  const bool digits = !text.empty() && text.find_first_not_of("0123456789.eE+-") == std::string::npos;
  if (const auto real = digits ? parse_number<double>(text) : std::nullopt; real && std::isfinite(*real))
    return *real;
  return text;
}

Result<json::Value> Placeholder::value(const Values& values) const {
  const json::Value* at = path.front() == "item" ? values.item : values.root.find(path.front());
  for (size_t i = 1; i < path.size() && at != nullptr; ++i) {
    if (const json::Array* list = at->array()) {
      const auto index = parse_number<size_t>(path[i]);
      at = index && *index < list->size() ? &(*list)[*index] : nullptr;
    } else {
      at = at->find(path[i]);
    }
  }
  json::Value out = at == nullptr ? json::Value() : *at;
  for (const Filter& filter : filters) {
    auto next = apply(filter, std::move(out));
    if (!next) return forward(next, join(path, "."));
    out = *std::move(next);
  }
  return out;
}

Result<TextTemplate> TextTemplate::read(const Node& node, const Names& names, bool in_each) {
  if (node.kind() != Node::Kind::scalar)
    return node.error(cat("must be text, got ", config::found_text(node)));
  TextTemplate out;
  std::string_view rest = node.scalar();
  while (!rest.empty()) {
    const size_t open = rest.find("{{");
    if (open > 0) out.pieces_.emplace_back(std::string(rest.substr(0, open)));
    if (open == std::string_view::npos) break;
    const size_t close = rest.find("}}", open);
    if (close == std::string_view::npos) return node.error("'{{' without '}}'");
    auto placeholder = read_placeholder(rest.substr(open + 2, close - open - 2), names, in_each);
    if (!placeholder) return node.error(placeholder.error().what);
    out.pieces_.emplace_back(*std::move(placeholder));
    rest = rest.substr(close + 2);
  }
  return out;
}

const Placeholder* TextTemplate::only() const {
  return pieces_.size() == 1 ? std::get_if<Placeholder>(&pieces_.front()) : nullptr;
}

bool TextTemplate::is_constant() const {
  return std::ranges::none_of(pieces_,
                              [](const auto& piece) { return std::holds_alternative<Placeholder>(piece); });
}

Result<std::string> TextTemplate::fill(const Values& values, Escape escape) const {
  std::string out;
  for (const auto& piece : pieces_) {
    if (const auto* text = std::get_if<std::string>(&piece)) {
      out += *text;
      continue;
    }
    const auto value = std::get<Placeholder>(piece).value(values);
    if (!value) return forward(value);
    out += escape == Escape::address ? percent_encode(text_of(*value)) : text_of(*value);
  }
  return out;
}

Result<Template> Template::read(const Node& node, const Names& names) {
  return read(node, names, false);
}

Result<Template> Template::read(const Node& node, const Names& names, bool in_each) {
  Template out;
  if (node.kind() == Node::Kind::map) return read_map(node, names, in_each);
  if (node.kind() == Node::Kind::list) {
    List list;
    for (const Node& item : node.items()) {
      auto one = read(item, names, in_each);
      if (!one) return forward(one);
      list.push_back(*std::move(one));
    }
    out.what_ = std::move(list);
    return out;
  }
  if (node.kind() == Node::Kind::null || !node.scalar().contains("{{")) {
    out.what_ = constant(node);
    return out;
  }
  auto text = TextTemplate::read(node, names, in_each);
  if (!text) return forward(text);
  out.what_ = *std::move(text);
  return out;
}

Result<Template> Template::read_map(const Node& node, const Names& names, bool in_each) {
  if (node.find("$each") != nullptr || node.find("$item") != nullptr) return read_each(node, names, in_each);
  Map map;
  for (const auto& [key, value] : node.members()) {
    auto one = read(value, names, in_each);
    if (!one) return forward(one);
    map.emplace_back(key, *std::move(one));
  }
  Template out;
  out.what_ = std::move(map);
  return out;
}

Result<Template> Template::read_each(const Node& node, const Names& names, bool in_each) {
  const Node* list = node.find("$each");
  const Node* item = node.find("$item");
  if (list == nullptr || item == nullptr || node.members().size() != 2)
    return node.error("needs $each and $item and nothing else");
  if (list->kind() != Node::Kind::scalar) return list->error("$each names a list such as order.tasks");
  auto path = read_placeholder(list->scalar(), names, in_each);
  if (!path) return list->error(path.error().what);
  auto one = read(*item, names, true);
  if (!one) return forward(one);
  Each each{*std::move(path), {}};
  each.item.push_back(*std::move(one));
  Template out;
  out.what_ = std::move(each);
  return out;
}

Result<json::Value> Template::fill_each(const Each& each, const Values& values) const {
  const auto list = each.list.value(values);
  if (!list) return forward(list);
  json::Array out;
  if (list->is_null()) return out;
  if (list->array() == nullptr)
    return fail(ErrorKind::invalid, cat(join(each.list.path, "."), " is no list"));
  for (const json::Value& item : *list->array()) {
    auto one = each.item.front().fill({values.root, &item});
    if (!one) return forward(one);
    out.push_back(*std::move(one));
  }
  return out;
}

Result<json::Value> Template::fill(const Values& values) const {
  if (const auto* fixed = std::get_if<json::Value>(&what_)) return *fixed;
  if (const auto* each = std::get_if<Each>(&what_)) return fill_each(*each, values);
  if (const auto* text = std::get_if<TextTemplate>(&what_)) {
    if (const Placeholder* only = text->only()) return only->value(values);
    auto filled = text->fill(values, TextTemplate::Escape::none);
    if (!filled) return forward(filled);
    return json::Value(*std::move(filled));
  }
  if (const auto* list = std::get_if<List>(&what_)) {
    json::Array out;
    for (const Template& one : *list) {
      auto value = one.fill(values);
      if (!value) return forward(value);
      out.push_back(*std::move(value));
    }
    return out;
  }
  json::Object out;
  for (const auto& [key, one] : std::get<Map>(what_)) {
    auto value = one.fill(values);
    if (!value) return forward(value);
    out.emplace_back(key, *std::move(value));
  }
  return out;
}

}  // namespace oree::erp
