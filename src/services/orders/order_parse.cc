// From the stored JSON back to an order. The first thing that is not as it was written is named.
#include <utility>

#include "base/text.h"
#include "services/orders/order.h"

namespace oree::orders {
namespace {

constexpr int64_t kYear10000 = 253'402'300'800'000;

// Takes members one by one; the first that is missing or of another kind is remembered.
class Taker {
 public:
  explicit Taker(const json::Value& value) : value_(value) {}

  std::string text(std::string_view key) {
    const auto* found = value_.find(key);
    if (found != nullptr && found->text() != nullptr) return *found->text();
    miss(key);
    return "";
  }
  int64_t integer(std::string_view key) {
    const auto* found = value_.find(key);
    const auto number = found != nullptr ? found->integer() : std::nullopt;
    if (!number) miss(key);
    return number.value_or(0);
  }
  double number(std::string_view key) {
    const auto* found = value_.find(key);
    const auto number = found != nullptr ? found->number() : std::nullopt;
    if (!number) miss(key);
    return number.value_or(0);
  }
  int count(std::string_view key) {
    const int64_t number = integer(key);
    if (std::in_range<int>(number)) return static_cast<int>(number);
    miss(key);
    return 0;
  }
  WallTime time(std::string_view key) {
    const int64_t ms = integer(key);
    if (ms >= 0 && ms < kYear10000) return from_ms(ms);
    miss(key);
    return {};
  }
  json::Value any(std::string_view key) {
    const auto* found = value_.find(key);
    if (found == nullptr) miss(key);
    return found != nullptr ? *found : json::Value();
  }
  const json::Array& list(std::string_view key) {
    static const json::Array kNone;
    const auto* found = value_.find(key);
    if (found != nullptr && found->array() != nullptr) return *found->array();
    miss(key);
    return kNone;
  }
  const json::Object& object(std::string_view key) {
    static const json::Object kNone;
    const auto* found = value_.find(key);
    if (found != nullptr && found->object() != nullptr) return *found->object();
    miss(key);
    return kNone;
  }
  Text both(std::string_view key) {
    Taker inner(any(key));
    Text text{inner.text("en"), inner.text("fr")};
    take_over(inner);
    return text;
  }
  void take_over(const Taker& inner) {
    if (missing_.empty()) missing_ = inner.missing_;
  }
  void miss(std::string_view key) {
    if (missing_.empty()) missing_ = key;
  }
  const std::string& missing() const { return missing_; }

 private:
  const json::Value value_;
  std::string missing_;
};

Written parse_written(const json::Value& value, Taker& outer) {
  Taker from(value);
  Written written{.operation = from.text("op"),
                  .value = from.any("value"),
                  .by = from.text("by"),
                  .device = from.text("device"),
                  .at = from.time("at")};
  outer.take_over(from);
  return written;
}

Evidence parse_evidence(const json::Value& value, Taker& outer) {
  Taker from(value);
  Evidence evidence{from.text("digest"), {}};
  for (const auto& one : from.list("parts")) {
    Taker part(one);
    evidence.parts.push_back({part.text("name"), part.text("type"),
                              static_cast<uint64_t>(part.integer("bytes")), part.text("digest")});
    from.take_over(part);
  }
  outer.take_over(from);
  return evidence;
}

void parse_work(Taker& from, Order& order) {
  for (const auto& one : from.list("tasks")) {
    Taker task(one);
    order.tasks.push_back({task.text("id"), task.both("text")});
    from.take_over(task);
  }
  for (const auto& one : from.list("parts")) {
    Taker part(one);
    order.parts.push_back({part.text("id"), part.both("name"), part.count("quantity")});
    from.take_over(part);
  }
  for (const auto& [name, written] : from.object("fields")) order.fields[name] = parse_written(written, from);
  Taker work(from.any("work"));
  for (const auto& one : work.list("photos")) {
    Taker photo(one);
    order.photos.push_back({photo.text("op"), json::Object{{"digest", photo.text("digest")}},
                            photo.text("by"), "", photo.time("at")});
    work.take_over(photo);
  }
  from.take_over(work);
  for (const auto& one : from.list("conflicts")) {
    Taker conflict(one);
    auto& values = order.conflicts[conflict.text("field")];
    for (const auto& value : conflict.list("values")) values.push_back(parse_written(value, conflict));
    from.take_over(conflict);
  }
}

void parse_history(Taker& from, Order& order) {
  for (const auto& one : from.list("history")) {
    Taker entry(one);
    const auto state = parse_state(entry.text("state"));
    if (!state) entry.miss("state");
    order.history.push_back({entry.time("at"), state.value_or(State::proposed), entry.text("by"),
                             entry.text("code"), entry.text("reason")});
    from.take_over(entry);
  }
}

void parse_facts(Taker& from, Order& order) {
  order.id = from.text("id");
  order.asset = from.text("asset");
  order.fault = from.text("fault");
  const auto state = parse_state(from.text("state"));
  if (!state) from.miss("state");
  order.state = state.value_or(State::proposed);
  const auto priority = parse_priority(from.text("priority"));
  if (!priority) from.miss("priority");
  order.priority = priority.value_or(Priority::normal);
  order.created = from.time("created");
  order.updated = from.time("updated");
  order.expires = from.time("expires");
  if (!from.any("due").is_null()) order.due = from.time("due");
  Taker cost(from.any("cost"));
  order.cost = {cost.number("ceiling"), cost.text("currency")};
  from.take_over(cost);
  order.cause = from.any("cause");
  order.causes = from.count("causes");
  order.quorum = from.any("quorum");
  order.authorities = from.any("authorities");
  order.proof = from.any("proof");
  order.erp = from.any("erp");
}

}  // namespace

Result<Order> parse_order(const json::Value& value) {
  Taker from(value);
  Order order;
  parse_facts(from, order);
  order.evidence = parse_evidence(from.any("evidence"), from);
  parse_work(from, order);
  parse_history(from, order);
  if (!from.missing().empty())
    return fail(ErrorKind::corrupt, cat("a stored order has no proper '", from.missing(), "'"));
  return order;
}

}  // namespace oree::orders
