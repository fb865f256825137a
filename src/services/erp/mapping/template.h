// Templates of requests: text and trees of JSON with placeholders such as "{{order.asset}}", as a mapping
// file writes them (examples/erp). Read once, with the place of every mistake; filled without I/O.
//
// A text that is one placeholder and nothing else becomes the value with its JSON type; anything more becomes
// text, where null is "" and trees are JSON. `{$each: order.tasks, $item: …}` becomes a list with one $item
// for each element, which is `item` inside. Names: order.… (work_order.h), item.…, number, secret.…. Behind
// `|`:
//   map NAME    through a table of `maps`, where '*' stands for what is not named
//   date | datetime | ms    of a time: 2026-03-01, 2026-03-01 08:00:00 (UTC), milliseconds since 1970
//   text | json | number    as text; as JSON text; text as a number
//   cut N                   at most N bytes of text
// Unquoted scalars keep what they look like (7, true, null), quoted ones are text. Values, no threads.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "platform/config/node.h"
#include "platform/json/value.h"

namespace oree::erp {

using Tables = std::map<std::string, std::map<std::string, json::Value>, std::less<>>;

// What may be named where the template stands.
struct Names {
  const Tables* tables = nullptr;  // must outlive the templates
  const std::vector<std::string>* secrets = nullptr;
  bool number = false;
  bool secret = true;
};

// {"order": …, "number": …, "secret": {…}}
struct Values {
  const json::Value& root;
  const json::Value* item = nullptr;
};

struct Filter {
  enum class Kind { map, date, datetime, ms, text, json, number, cut };
  Kind kind;
  const std::map<std::string, json::Value>* table = nullptr;
  std::string name;
  size_t bytes = 0;
};

struct Placeholder {
  std::vector<std::string> path;
  std::vector<Filter> filters;
  // `invalid` when a filter cannot be applied. What is not there is null.
  Result<json::Value> value(const Values& values) const;
};

class TextTemplate {
 public:
  enum class Escape { none, address };  // address: percent-encoded, but for what the template itself says

  TextTemplate() = default;
  static Result<TextTemplate> read(const config::Node& node, const Names& names, bool in_each = false);
  Result<std::string> fill(const Values& values, Escape escape) const;
  const Placeholder* only() const;  // when it is one placeholder and nothing else
  bool is_constant() const;

 private:
  std::vector<std::variant<std::string, Placeholder>> pieces_;
};

class Template {
 public:
  static Result<Template> read(const config::Node& node, const Names& names);
  Result<json::Value> fill(const Values& values) const;

 private:
  struct Each {
    Placeholder list;
    std::vector<Template> item;  // one
  };
  using List = std::vector<Template>;
  using Map = std::vector<std::pair<std::string, Template>>;

  static Result<Template> read(const config::Node& node, const Names& names, bool in_each);
  static Result<Template> read_map(const config::Node& node, const Names& names, bool in_each);
  static Result<Template> read_each(const config::Node& node, const Names& names, bool in_each);
  Result<json::Value> fill_each(const Each& each, const Values& values) const;

  std::variant<json::Value, TextTemplate, List, Map, Each> what_;
};

// A scalar as it would stand in JSON.
json::Value constant(const config::Node& scalar);

}  // namespace oree::erp
