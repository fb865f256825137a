#include "platform/config/fields.h"

#include <algorithm>
#include <tuple>

#include "base/bytes.h"
#include "base/text.h"
#include "platform/config/kind.h"

namespace oree::config {
namespace {

std::string quoted_list(std::span<const std::string> names) {
  std::string out;
  for (size_t i = 0; i < names.size(); ++i) {
    out += i == 0 ? "" : i + 1 == names.size() ? " or " : ", ";
    out += names[i];
  }
  return out;
}

std::vector<std::string> strings(std::initializer_list<std::string_view> list) {
  return {list.begin(), list.end()};
}

// A number in quotes is the one case where the shown text alone would puzzle.
std::string found(const Node& node) {
  return node.quoted() ? cat(found_text(node), " in quotes") : found_text(node);
}

}  // namespace

Fields::Fields(const Node& node, std::string what)
    : node_(node), what_(std::move(what)), is_map_(node.kind() == Node::Kind::map) {
  if (!is_map_) add(node_.place(), "", cat("must be a map of 'key: value', got ", found_text(node_)));
}

const Node* Fields::ask(std::string_view key) {
  asked_.emplace_back(key);
  const Node* member = node_.find(key);
  return member && member->kind() != Node::Kind::null ? member : nullptr;
}

const Node* Fields::demand(std::string_view key) {
  const Node* member = ask(key);
  if (!member && is_map_) {
    const Node* null = node_.find(key);
    add(null ? null->key_place() : node_.place(), key,
        null ? cat("'", key, "' has no value") : cat("missing key '", key, "'"));
  }
  return member;
}

template <class T>
T Fields::required(std::string_view key) {
  return demand(key) ? optional<T>(key, T{}) : T{};
}

template <class T>
T Fields::optional(std::string_view key, T fallback) {
  const Node* member = ask(key);
  if (!member) return fallback;
  if (auto value = Kind<T>::read(*member)) return *std::move(value);
  const Node& wrong = culprit<T>(*member);
  add(wrong.place(), key, cat("'", key, "' must be ", Kind<T>::kWanted, ", got ", found(wrong)));
  return fallback;
}

template <class T>
T Fields::between(std::string_view key, T fallback, T low, T high) {
  const T value = optional<T>(key, fallback);
  if (!node_.find(key)) return fallback;
  if (value >= low && value <= high) return value;
  mistake(key, cat("must lie between ", low, " and ", high, ", got ", value));
  return fallback;
}

std::string Fields::choose(const Node* node, std::string_view key, std::span<const std::string> allowed,
                           std::string_view fallback) {
  if (!node) return std::string(fallback);
  if (node->kind() == Node::Kind::scalar && std::ranges::find(allowed, node->scalar()) != allowed.end()) {
    return node->scalar();
  }
  const std::string suggestion =
      node->kind() == Node::Kind::scalar ? did_you_mean(node->scalar(), allowed) : std::string();
  wrong_choice_ = true;
  add(node->place(), key,
      cat("'", key, "' must be ", quoted_list(allowed), ", got ", found_text(*node), suggestion));
  return std::string(fallback);
}

std::string Fields::choice(std::string_view key, std::span<const std::string> allowed) {
  const Node* member = demand(key);
  if (!member) wrong_choice_ = true;
  return choose(member, key, allowed, "");
}

std::string Fields::choice(std::string_view key, std::span<const std::string> allowed,
                           std::string_view fallback) {
  return choose(ask(key), key, allowed, fallback);
}

std::string Fields::choice(std::string_view key, std::initializer_list<std::string_view> allowed) {
  return choice(key, strings(allowed));
}

std::string Fields::choice(std::string_view key, std::initializer_list<std::string_view> allowed,
                           std::string_view fallback) {
  return choice(key, strings(allowed), fallback);
}

microseconds Fields::duration(std::string_view key, microseconds fallback) {
  const Node* member = ask(key);
  if (!member) return fallback;
  const auto value = parse_duration(member->scalar());
  if (value) return *value;
  add(member->place(), key, cat("'", key, "' must be a duration such as 500ms, got ", found_text(*member)));
  return fallback;
}

uint64_t Fields::size(std::string_view key, uint64_t fallback) {
  const Node* member = ask(key);
  if (!member) return fallback;
  const auto value = parse_size(member->scalar());
  if (value) return *value;
  add(member->place(), key, cat("'", key, "' must be a size such as 10GB, got ", found_text(*member)));
  return fallback;
}

const Node* Fields::node(std::string_view key) {
  return ask(key);
}

const Node* Fields::required_node(std::string_view key, Node::Kind kind) {
  const Node* member = demand(key);
  if (!member || member->kind() == kind) return member;
  const std::string_view wanted = kind == Node::Kind::map    ? "a map"
                                  : kind == Node::Kind::list ? "a list"
                                                             : "a value";
  add(member->place(), key, cat("'", key, "' must be ", wanted, ", got ", found_text(*member)));
  return nullptr;
}

bool Fields::has(std::string_view key) const {
  return node_.find(key) != nullptr;
}

void Fields::mistake(std::string_view key, std::string_view what) {
  if (key.empty()) return add(node_.place(), key, what);
  const Node* member = node_.find(key);
  add(member ? member->place() : node_.place(), key, cat("'", key, "' ", what));
}

void Fields::add(const Place& place, std::string_view key, std::string_view what) {
  const auto same = [&](const Mistake& mistake) { return mistake.key == key; };
  if (!key.empty() && std::ranges::any_of(mistakes_, same)) return;
  const std::string_view colon = what_.empty() ? "" : ": ";
  mistakes_.push_back({place.line, place.column, mistakes_.size(), std::string(key),
                       cat(place_text(place), ": ", what_, colon, what)});
}

// A nested mistake brings its own place in front; a line without one stays with the line before it.
void Fields::absorb_text(std::string_view text) {
  const std::string file = cat(node_.place().file, ":");
  Place place = node_.place();
  for (const std::string_view line : split(text, '\n')) {
    if (line.starts_with(file)) {
      const auto parts = split(line.substr(file.size()), ':');
      place.line = parse_number<int>(parts[0]).value_or(place.line);
      if (parts.size() > 1) place.column = parse_number<int>(parts[1]).value_or(place.column);
    }
    mistakes_.push_back({place.line, place.column, mistakes_.size(), "", std::string(line)});
  }
}

void Fields::find_unknown_keys() {
  if (wrong_choice_) return;
  for (const auto& [key, member] : node_.members()) {
    if (std::ranges::find(asked_, key) != asked_.end()) continue;
    std::vector<std::string> unused;
    for (const auto& asked : asked_) {
      if (!node_.find(asked)) unused.push_back(asked);
    }
    add(member.key_place(), "", cat("unknown key '", key, "'", did_you_mean(key, unused)));
  }
}

Status Fields::finish() {
  find_unknown_keys();
  if (mistakes_.empty()) return {};
  std::ranges::sort(mistakes_, {}, [](const Mistake& m) { return std::tuple(m.line, m.column, m.order); });
  std::vector<std::string> lines;
  for (const auto& mistake : mistakes_) lines.push_back(mistake.text);
  return fail(ErrorKind::invalid, join(lines, "\n"));
}

template std::string Fields::required(std::string_view);
template bool Fields::required(std::string_view);
template int Fields::required(std::string_view);
template int64_t Fields::required(std::string_view);
template double Fields::required(std::string_view);
template float Fields::required(std::string_view);
template std::vector<std::string> Fields::required(std::string_view);
template std::vector<double> Fields::required(std::string_view);
template std::vector<int64_t> Fields::required(std::string_view);

template std::string Fields::optional(std::string_view, std::string);
template bool Fields::optional(std::string_view, bool);
template int Fields::optional(std::string_view, int);
template int64_t Fields::optional(std::string_view, int64_t);
template double Fields::optional(std::string_view, double);
template float Fields::optional(std::string_view, float);
template std::vector<std::string> Fields::optional(std::string_view, std::vector<std::string>);
template std::vector<double> Fields::optional(std::string_view, std::vector<double>);
template std::vector<int64_t> Fields::optional(std::string_view, std::vector<int64_t>);

template int Fields::between(std::string_view, int, int, int);
template int64_t Fields::between(std::string_view, int64_t, int64_t, int64_t);
template double Fields::between(std::string_view, double, double, double);
template float Fields::between(std::string_view, float, float, float);

}  // namespace oree::config
