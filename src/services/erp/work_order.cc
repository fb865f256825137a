#include "services/erp/work_order.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace oree::erp {
namespace {

constexpr std::array<std::string_view, 4> kPriorities{"low", "normal", "high", "urgent"};
constexpr size_t kMostIdBytes = 200;

bool is_one_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// Reads members, and remembers the first that is not what it should be.
class Members {
 public:
  explicit Members(const json::Value& value) : value_(value) {}

  std::string text(std::string_view key) {
    const json::Value* found = value_.find(key);
    if (found != nullptr && found->text() != nullptr) return *found->text();
    wrong(key);
    return {};
  }
  WallTime time(std::string_view key) {
    const auto time = parse_iso(text(key));
    if (!time) wrong(key);
    return time.value_or(WallTime());
  }
  int count(std::string_view key) {
    const json::Value* found = value_.find(key);
    const auto number = found == nullptr ? std::nullopt : found->integer();
    if (!number || *number < 0 || *number > 1'000'000) wrong(key);
    return static_cast<int>(number.value_or(0));
  }
  const json::Array& list(std::string_view key) {
    static const json::Array kNone;
    const json::Value* found = value_.find(key);
    if (found != nullptr && found->array() != nullptr) return *found->array();
    wrong(key);
    return kNone;
  }
  json::Value any(std::string_view key) const {
    const json::Value* found = value_.find(key);
    return found == nullptr ? json::Value() : *found;
  }
  void wrong(std::string_view key) {
    if (wrong_.empty()) wrong_ = key;
  }
  const std::string& wrong() const { return wrong_; }

 private:
  const json::Value& value_;
  std::string wrong_;
};

}  // namespace

json::Value work_order_json(const WorkOrder& order) {
  json::Array tasks, parts;
  for (const Task& task : order.tasks) tasks.emplace_back(json::Object{{"id", task.id}, {"text", task.text}});
  for (const Part& part : order.parts)
    parts.emplace_back(json::Object{{"id", part.id}, {"name", part.name}, {"quantity", part.quantity}});
  return json::Object{{"id", order.id},
                      {"asset", order.asset},
                      {"fault", order.fault},
                      {"priority", order.priority},
                      {"summary", order.summary},
                      {"description", order.description},
                      {"created", iso_text(order.created)},
                      {"due", order.due ? json::Value(iso_text(*order.due)) : json::Value()},
                      {"tasks", std::move(tasks)},
                      {"parts", std::move(parts)},
                      {"cause", order.cause},
                      {"evidence", order.evidence},
                      {"proof", order.proof}};
}

Result<WorkOrder> parse_work_order(const json::Value& value) {
  Members members(value);
  WorkOrder order;
  order.id = members.text("id");
  if (order.id.empty() || order.id.size() > kMostIdBytes || !is_one_line(order.id)) members.wrong("id");
  order.asset = members.text("asset");
  order.fault = members.text("fault");
  order.priority = members.text("priority");
  if (std::ranges::find(kPriorities, order.priority) == kPriorities.end()) members.wrong("priority");
  order.summary = members.text("summary");
  order.description = members.text("description");
  order.created = members.time("created");
  if (!members.any("due").is_null()) order.due = members.time("due");
  for (const json::Value& item : members.list("tasks")) {
    Members task(item);
    order.tasks.push_back({task.text("id"), task.text("text")});
    if (!task.wrong().empty()) members.wrong("tasks");
  }
  for (const json::Value& item : members.list("parts")) {
    Members part(item);
    order.parts.push_back({part.text("id"), part.text("name"), part.count("quantity")});
    if (!part.wrong().empty()) members.wrong("parts");
  }
  order.cause = members.any("cause");
  order.evidence = members.text("evidence");
  order.proof = members.any("proof");
  if (members.wrong().empty()) return order;
  return fail(ErrorKind::invalid, cat("work order: '", members.wrong(), "' is not what it should be"));
}

std::string long_text(const WorkOrder& order) {
  std::string out = order.summary;
  if (!order.description.empty()) out += cat("\n", order.description);
  out += cat("\nAsset: ", order.asset, "\nFault: ", order.fault, "\nPriority: ", order.priority);
  for (const Part& part : order.parts)
    out += cat("\nPart: ", part.quantity, " x ", part.name, " (", part.id, ")");
  if (!order.evidence.empty()) out += cat("\nEvidence: sha256:", order.evidence);
  if (!order.proof.is_null()) out += cat("\nProof: ", json::print(order.proof));
  return out + cat("\nOrder: ", order.id);
}

std::string_view cut(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0u) == 0x80u) --bytes;
  return text.substr(0, bytes);
}

}  // namespace oree::erp
