#include "services/orders/operations.h"

#include <algorithm>

#include "base/text.h"
#include "services/orders/transitions.h"

namespace oree::orders {
namespace {

constexpr size_t kLongestText = 20'000;
constexpr size_t kLongestName = 200;
constexpr size_t kMostPhotos = 100;

bool is_hex_digest(const json::Value* value) {
  return value != nullptr && value->text() != nullptr && value->text()->size() == 64 &&
         value->text()->find_first_not_of("0123456789abcdef") == std::string::npos;
}

bool is_text(const json::Value& value, size_t longest) {
  return value.text() != nullptr && value.text()->size() <= longest;
}

bool is_time(const json::Value& value) {
  return value.is_null() || value.integer().has_value();
}

bool is_signature(const json::Value& value) {
  const auto* signer = value.find("name");
  return value.is_null() ||
         (is_hex_digest(value.find("digest")) && signer != nullptr && is_text(*signer, kLongestName));
}

bool has_task(const Order& order, std::string_view id) {
  return std::ranges::any_of(order.tasks, [&](const Task& task) { return task.id == id; });
}

bool has_part(const Order& order, std::string_view id) {
  return std::ranges::any_of(order.parts, [&](const SparePart& part) { return part.id == id; });
}

// Whether the order has such a field, and whether the value may stand in it.
bool fits(const Order& order, const Operation& operation) {
  const std::string_view field = operation.field;
  const json::Value& value = operation.value;
  if (field == "note") return is_text(value, kLongestText);
  if (field == "technician") return is_text(value, kLongestName);
  if (field == "started" || field == "finished") return is_time(value);
  if (field == "signature") return is_signature(value);
  if (field == "photo") return is_hex_digest(value.find("digest"));
  if (field.starts_with("task/")) return has_task(order, field.substr(5)) && value.boolean() != nullptr;
  if (field.starts_with("part/")) return has_part(order, field.substr(5)) && value.boolean() != nullptr;
  if (field == "state") return value.text() != nullptr && parse_state(*value.text()).has_value();
  return false;
}

Written written_by(const Operation& operation) {
  return {operation.id, operation.value, operation.by, operation.device, operation.at};
}

bool names(const std::vector<std::string>& list, const std::string& id) {
  return std::ranges::find(list, id) != list.end();
}

void add_photo(Order& order, const Operation& operation) {
  const auto same = [&](const Written& photo) { return photo.value == operation.value; };
  if (std::ranges::none_of(order.photos, same)) {
    Written photo = written_by(operation);
    photo.device.clear();
    photo.value = json::Object{{"digest", *operation.value.find("digest")}};
    order.photos.push_back(std::move(photo));
  }
}

// The operation stands beside what was there. One that follows another account of the same conflict takes its
// place: its author had seen it.
void contradict(Order& order, const Operation& operation, const Written& current) {
  auto& values = order.conflicts[operation.field];
  if (values.empty()) values.push_back(current);
  const auto mine =
      std::ranges::find_if(values, [&](const Written& one) { return one.operation == operation.seen; });
  if (mine == values.end()) {
    values.push_back(written_by(operation));
    return;
  }
  if (mine == values.begin()) order.fields[operation.field] = written_by(operation);
  *mine = written_by(operation);
}

// Whether the author knew all the values that contradict each other.
bool resolves(const Order& order, const Operation& operation) {
  const auto at = order.conflicts.find(operation.field);
  if (at == order.conflicts.end() || operation.resolves.empty()) return false;
  return std::ranges::all_of(at->second,
                             [&](const Written& one) { return names(operation.resolves, one.operation); });
}

// A step back takes back what somebody said, so its author must have heard it. A step forward says more than
// any earlier word and needs to know none of them.
bool takes_back_unheard(const Order& order, const Operation& operation, State wanted) {
  const auto last = order.fields.find("state");
  return wanted < order.state && last != order.fields.end() && last->second.operation != operation.seen;
}

Written newest_state(const Order& order) {
  const auto at = order.fields.find("state");
  if (at != order.fields.end()) return at->second;
  const Happening& last = order.history.back();
  return {"", name(order.state), last.by, "", last.at};
}

Status move_to(Order& order, const Operation& operation, State wanted, bool even_ended) {
  if (even_ended) {
    order.state = wanted;
    order.history.push_back({operation.at, wanted, operation.by, "resolved", ""});
    return {};
  }
  auto moved = advance(order, {wanted, operation.by, "technician", "", operation.at});
  if (!moved) return forward(moved);
  order = std::move(*moved);
  return {};
}

Result<Outcome> apply_state(Order& order, const Operation& operation) {
  const State wanted = *parse_state(*operation.value.text());
  const bool resolved = resolves(order, operation);
  if (wanted != order.state) {
    const bool by_people = wanted == State::scheduled || wanted == State::in_progress ||
                           wanted == State::done || wanted == State::cancelled;
    if (!by_people)
      return fail(ErrorKind::invalid, cat("'", name(wanted), "' is no state that a person gives an order"));
    const bool both_ended = order.state == State::cancelled && wanted == State::done;
    const bool unheard = may_follow(order.state, wanted) && takes_back_unheard(order, operation, wanted);
    if ((both_ended || unheard) && !resolved) {
      contradict(order, operation, newest_state(order));
      return Outcome::conflict;
    }
    if (auto moved = move_to(order, operation, wanted, both_ended); !moved) return forward(moved);
  }
  // Once the work has ended, who was right about a step on the way matters no more.
  if (resolved || !is_open(order.state)) order.conflicts.erase("state");
  order.fields["state"] = written_by(operation);
  return Outcome::applied;
}

}  // namespace

Result<Outcome> apply(Order& order, const Operation& operation) {
  if (operation.field == "photo" && order.photos.size() >= kMostPhotos)
    return fail(ErrorKind::invalid,
                cat("order ", order.id, " has ", kMostPhotos, " photos, which is the most"));
  if (!fits(order, operation))
    return fail(ErrorKind::invalid, cat("order ", order.id, " has no field '", operation.field.substr(0, 80),
                                        "' that takes this value"));
  if (operation.field == "photo") {
    add_photo(order, operation);
    return Outcome::applied;
  }
  if (operation.field == "state") return apply_state(order, operation);
  const auto at = order.fields.find(operation.field);
  const bool contested = order.conflicts.contains(operation.field);
  if (contested ? resolves(order, operation)
                : at == order.fields.end() || at->second.operation == operation.seen ||
                      at->second.value == operation.value) {
    order.conflicts.erase(operation.field);
    order.fields[operation.field] = written_by(operation);
    return Outcome::applied;
  }
  if (contested && at != order.fields.end() && at->second.value == operation.value) return Outcome::conflict;
  contradict(order, operation, at->second);
  return Outcome::conflict;
}

Result<Operation> parse_operation(const json::Value& value, std::string_view device) {
  Operation out;
  out.device = device;
  const auto take = [&](std::string_view key, std::string& into, size_t longest) {
    const auto* found = value.find(key);
    if (found == nullptr || !is_text(*found, longest)) return false;
    into = *found->text();
    return true;
  };
  const auto refuse = [](std::string_view key) {
    return fail(ErrorKind::invalid, cat("an operation has no proper '", key, "'"));
  };
  if (!take("id", out.id, 64) || out.id.empty()) return refuse("id");
  if (!take("order", out.order, 64)) return refuse("order");
  if (!take("field", out.field, 80)) return refuse("field");
  if (!take("by", out.by, kLongestName)) return refuse("by");
  if (const auto* seen = value.find("seen");
      seen != nullptr && !seen->is_null() && !take("seen", out.seen, 64))
    return refuse("seen");
  const auto* at = value.find("at");
  const auto ms = at != nullptr ? at->integer() : std::nullopt;
  constexpr int64_t kYear10000 = 253'402'300'800'000;
  if (!ms || *ms < 0 || *ms > kYear10000) return refuse("at");
  out.at = from_ms(*ms);
  const auto* given = value.find("value");
  if (given == nullptr) return refuse("value");
  out.value = *given;
  if (const auto* list = value.find("resolves"); list != nullptr && !list->is_null()) {
    if (list->array() == nullptr || list->array()->size() > 100) return refuse("resolves");
    for (const auto& one : *list->array()) {
      if (!is_text(one, 64)) return refuse("resolves");
      out.resolves.push_back(*one.text());
    }
  }
  return out;
}

}  // namespace oree::orders
