#include "services/approvals/rules.h"

#include <algorithm>
#include <functional>
#include <set>

#include "base/text.h"
#include "services/approvals/line_reader.h"
#include "services/approvals/statement.h"

namespace oree::approvals {
namespace {

using config::Fields;
using config::Node;

constexpr size_t kMostEntries = 1000;

Miss read_miss(Fields& fields, Miss fallback) {
  const std::string word =
      fields.choice("on_miss", {"refuse", "ask"}, fallback == Miss::ask ? "ask" : "refuse");
  return word == "ask" ? Miss::ask : Miss::refuse;
}

std::vector<std::string> read_names(Fields& fields, std::string_view key) {
  auto names = fields.optional<std::vector<std::string>>(key, {});
  if (names.size() > kMostEntries) fields.mistake(key, cat("may have ", kMostEntries, " entries"));
  for (const auto& name : names) {
    if (!is_line(name, 200)) fields.mistake(key, "must hold lines of at most 200 bytes");
    if (name.starts_with("sha256:") && !crypto::parse_digest(std::string_view(name).substr(7)))
      fields.mistake(key, cat("must hold 64 hex digits after sha256:, got '", name, "'"));
  }
  return names;
}

// A section of its own, when it is there.
void section(Fields& parent, std::string_view key, Node::Kind kind,
             const std::function<void(Fields&)>& read) {
  const Node* node = parent.node(key);
  if (node == nullptr) return;
  if (node->kind() != kind) return parent.mistake(key, cat("must be a map, got ", config::found_text(*node)));
  Fields fields(*node, std::string(key));
  read(fields);
  parent.absorb(fields.finish());
}

// Every member of the map at `key`, by name.
void members(Fields& fields, std::string_view key,
             const std::function<void(const std::string&, const Node&)>& each) {
  const Node* node = fields.node(key);
  if (node == nullptr) return;
  if (node->kind() != Node::Kind::map || node->members().size() > kMostEntries)
    return fields.mistake(key, cat("must be a map of at most ", kMostEntries, " members"));
  for (const auto& [name, member] : node->members()) each(name, member);
}

void items(Fields& fields, std::string_view key, const std::function<void(const Node&)>& each) {
  const Node* node = fields.node(key);
  if (node == nullptr) return;
  if (node->kind() != Node::Kind::list || node->items().size() > kMostEntries)
    return fields.mistake(key, cat("must be a list of at most ", kMostEntries));
  for (const Node& item : node->items()) each(item);
}

bool is_address(std::string_view text) {
  const bool http = text.starts_with("http://") || text.starts_with("https://");
  const auto host = text.substr(std::min(text.size(), text.find("://") + 3));
  return http && !host.empty() && host.find_first_of("/?#@ ") == std::string_view::npos && is_line(host, 300);
}

Result<KnownStation> read_station(const Node& node) {
  Fields fields(node, "station");
  KnownStation station{.name = fields.required<std::string>("name"), .key = {}, .address = {}};
  if (!station.name.empty() && !is_name(station.name))
    fields.mistake("name", "must be 1 to 64 letters, digits, '.', '_' or '-'");
  const auto key = crypto::parse_public_key(trim(fields.required<std::string>("key")));
  if (key) {
    station.key = *key;
  } else if (fields.has("key")) {
    fields.mistake("key", cat("is no public key: ", key.error().what));
  }
  station.address = fields.optional<std::string>("address", "");
  if (!station.address.empty() && !is_address(station.address))
    fields.mistake("address", "must be an address such as http://10.0.0.5:8000, without a path");
  if (auto status = fields.finish(); !status) return forward(status);
  return station;
}

void read_stations(Fields& fields, Rules& rules) {
  if (fields.required_node("stations", Node::Kind::list) == nullptr) return;
  std::set<std::string> names;
  std::set<crypto::PublicKey> keys;
  items(fields, "stations", [&](const Node& node) {
    auto station = read_station(node);
    fields.absorb(station);
    if (!station) return;
    if (!names.insert(station->name).second)
      fields.mistake("stations", cat("has two of the name '", station->name, "'"));
    if (!keys.insert(station->key).second)
      fields.mistake("stations", cat("has the key of '", station->name, "' twice"));
    rules.stations.push_back(*std::move(station));
  });
}

SensorLimit read_limit(Fields& parent, const std::string& sensor, const Node& node) {
  SensorLimit limit{.sensor = sensor, .low = {}, .high = {}};
  Fields fields(node, cat("sensor '", sensor, "'"));
  if (fields.has("low")) limit.low = fields.required<double>("low");
  if (fields.has("high")) limit.high = fields.required<double>("high");
  if (!limit.low && !limit.high) fields.mistake("", "needs 'low', 'high' or both");
  if (limit.low && limit.high && *limit.low > *limit.high) fields.mistake("high", "must not be below 'low'");
  parent.absorb(fields.finish());
  return limit;
}

Result<TimesOfDay> read_times(const Node& node) {
  Fields fields(node, "window");
  TimesOfDay window;
  const auto days = fields.optional<std::vector<std::string>>("days", {});
  if (days.empty()) window.days.fill(true);
  for (const auto& word : days) {
    const auto day = parse_day(word);
    if (!day) fields.mistake("days", cat("must be mon to sun, got '", word, "'"));
    if (day) window.days[*day] = true;
  }
  const auto time = [&](std::string_view key, std::string_view fallback) {
    const auto text = fields.optional<std::string>(key, std::string(fallback));
    const auto parsed = parse_time_of_day(text);
    if (!parsed) fields.mistake(key, cat("must be a time such as \"06:30\", got '", text, "'"));
    return parsed.value_or(std::chrono::minutes(0));
  };
  window.from = time("from", "00:00");
  window.to = time("to", "24:00");
  if (auto status = fields.finish(); !status) return forward(status);
  return window;
}

void read_windows(Fields& fields, WindowRule& rule) {
  rule.zone = fields.optional<std::string>("zone", "UTC");
  const auto offset = parse_offset(rule.zone);
  if (!offset) {
    fields.mistake("zone", cat("must be UTC, an offset such as \"+01:00\", or GMT, WET, WEST, CET, CEST, EET "
                               "or EEST; got '",
                               rule.zone, "'"));
  }
  rule.offset = offset.value_or(std::chrono::minutes(0));
  items(fields, "open", [&](const Node& node) {
    auto window = read_times(node);
    fields.absorb(window);
    if (window) rule.open.push_back(*window);
  });
}

Ceilings read_ceilings(Fields& fields, std::string_view key) {
  Ceilings out;
  members(fields, key, [&](const std::string& currency, const Node& node) {
    const auto amount = parse_number<double>(node.scalar());
    const bool upper = std::ranges::all_of(currency, [](char c) { return c >= 'A' && c <= 'Z'; });
    const bool sound = amount && *amount >= 0 && *amount <= 1e12 && !node.quoted();
    if (currency.size() != 3 || !upper || !sound)
      return fields.mistake(key, "must hold amounts by currency, such as {EUR: 5000}");
    out[currency] = *amount;
  });
  return out;
}

void read_cost(Fields& fields, CostRule& rule) {
  rule.ceiling = read_ceilings(fields, "ceiling");
  section(fields, "by_priority", Node::Kind::map, [&](Fields& inner) {
    for (const auto* priority : {"low", "normal", "high", "urgent"}) {
      if (inner.has(priority)) rule.by_priority[priority] = read_ceilings(inner, priority);
    }
  });
}

std::optional<double> read_number(Fields& fields, std::string_view key) {
  return fields.has(key) ? std::optional(fields.required<double>(key)) : std::nullopt;
}

void read_sections(Fields& fields, Rules& rules, Miss fallback) {
  const auto read = [&](std::string_view key, Miss& miss, const std::function<void(Fields&)>& body) {
    miss = fallback;
    section(fields, key, Node::Kind::map, [&](Fields& inner) {
      miss = read_miss(inner, fallback);
      body(inner);
    });
  };
  read("models", rules.models.on_miss,
       [&](Fields& inner) { rules.models.allowed = read_names(inner, "allowed"); });
  read("detectors", rules.detectors.on_miss,
       [&](Fields& inner) { rules.detectors.allowed = read_names(inner, "allowed"); });
  read("score", rules.score.on_miss, [&](Fields& inner) {
    rules.score.minimum = read_number(inner, "minimum");
    rules.score.ratio = read_number(inner, "ratio");
  });
  read("sensors", rules.sensors.on_miss, [&](Fields& inner) {
    members(inner, "limits", [&](const std::string& sensor, const Node& node) {
      rules.sensors.limits.push_back(read_limit(inner, sensor, node));
    });
  });
  read("windows", rules.windows.on_miss, [&](Fields& inner) { read_windows(inner, rules.windows); });
  read("cost", rules.cost.on_miss, [&](Fields& inner) { read_cost(inner, rules.cost); });
  read("evidence", rules.evidence.on_miss, [&](Fields& inner) {
    rules.evidence.names = read_names(inner, "names");
    rules.evidence.types = read_names(inner, "types");
  });
  read("orders", rules.orders.on_miss, [&](Fields& inner) {
    if (inner.has("per_asset_per_day"))
      rules.orders.per_asset_per_day = inner.between<int>("per_asset_per_day", 0, 0, 1'000'000);
  });
}

}  // namespace

const KnownStation* Rules::station(const crypto::PublicKey& key) const {
  const auto at = std::ranges::find(stations, key, &KnownStation::key);
  return at == stations.end() ? nullptr : &*at;
}

Rules read_rules(Fields& fields) {
  Rules rules;
  rules.authority = fields.required<std::string>("authority");
  if (!rules.authority.empty() && !is_name(rules.authority))
    fields.mistake("authority", "must be 1 to 64 letters, digits, '.', '_' or '-'");
  read_stations(fields, rules);
  rules.clock_skew = fields.duration("clock_skew", rules.clock_skew);
  if (rules.clock_skew < microseconds(0) || rules.clock_skew > std::chrono::hours(24))
    fields.mistake("clock_skew", "must lie between 0 and a day");
  rules.ask_when_met = fields.choice("when_met", {"approve", "ask"}, "approve") == "ask";
  read_sections(fields, rules, read_miss(fields, Miss::refuse));
  return rules;
}

Result<Rules> parse_rules(std::string_view text, std::string_view file) {
  const auto node = config::parse(text, file);
  if (!node) return forward(node);
  Fields fields(*node, "");
  Rules rules = read_rules(fields);
  if (auto status = fields.finish(); !status) return forward(status);
  return rules;
}

bool matches(std::string_view pattern, std::string_view name) {
  size_t p = 0, n = 0, star = std::string_view::npos, kept = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      kept = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++kept;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace oree::approvals
