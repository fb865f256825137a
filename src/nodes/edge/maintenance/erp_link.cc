#include "nodes/edge/maintenance/erp_link.h"

#include "base/text.h"

namespace oree::edge {
namespace {

using orders::State;

json::Value erp_json(std::string_view system, const erp::Placed& placed, const Clock& clock) {
  return json::Object{{"system", system},
                      {"number", placed.number},
                      {"url", placed.url},
                      {"state", "placed"},
                      {"at", orders::to_ms(clock.wall())}};
}

std::string text_of(const json::Value& body, std::string_view key) {
  const auto* value = body.find(key);
  return value != nullptr && value->text() != nullptr ? *value->text() : "";
}

// "friction (62 %), heat (30 %)"
std::string blame(const json::Value& cause) {
  const auto* shares = cause.find("contributions");
  if (shares == nullptr || shares->array() == nullptr) return "";
  std::string out;
  for (const auto& one : *shares->array()) {
    const auto* share = one.find("share");
    const double percent = share != nullptr ? 100 * share->number().value_or(0) : 0;
    if (percent < 5) continue;
    out += cat(out.empty() ? "" : ", ", text_of(one, "sensor"), " (", static_cast<int>(percent + 0.5), " %)");
  }
  return out;
}

}  // namespace

erp::WorkOrder work_order_of(const orders::Order& order) {
  erp::WorkOrder out;
  out.id = order.id;
  out.asset = order.asset;
  out.fault = order.fault;
  out.priority = orders::name(order.priority);
  out.summary = cat(order.fault, " of ", order.asset);
  const std::string sensors = blame(order.cause), said = text_of(order.cause, "sentence");
  out.description = !said.empty()      ? said
                    : !sensors.empty() ? cat("Unlike what it was in health: ", sensors, ".")
                                       : out.summary;
  out.created = order.created;
  out.due = order.due;
  for (const auto& task : order.tasks) out.tasks.push_back({task.id, task.text.en});
  for (const auto& part : order.parts) out.parts.push_back({part.id, part.name.en, part.quantity});
  out.cause = order.cause;
  out.evidence = order.evidence.digest;
  out.proof = order.proof;
  return out;
}

Result<std::unique_ptr<ErpLink>> ErpLink::open(const std::filesystem::path& file,
                                               const std::optional<erp::Settings>& settings,
                                               orders::OrderStore& orders, const Clock& clock, Log& log) {
  auto adapter = settings ? erp::make_adapter(*settings, clock) : nullptr;
  std::unique_ptr<ErpLink> link(new ErpLink(std::move(adapter), orders, clock, log));
  if (!link->adapter_) return link;
  ErpLink* raw = link.get();
  erp::SenderEvents events{
      .on_placed = [raw](const std::string& order,
                         const erp::Placed& placed) { return raw->placed(order, placed); },
      .on_refused = [raw](const std::string& order,
                          const Error& error) { return raw->refused(order, error); }};
  auto sender =
      erp::Sender::open(file.string(), *link->adapter_, std::move(events), settings->retry, clock, log);
  if (!sender) return forward(sender);
  link->sender_ = *std::move(sender);
  return link;
}

Status ErpLink::start() {
  const auto open = orders_.all_in(State::approved);
  if (!open) return forward(open);
  for (const auto& order : *open) note(order);
  if (sender_) sender_->start();
  return {};
}

void ErpLink::note(const orders::Order& order) {
  if (auto taken = take(order); !taken) log_.error(cat("order ", order.id, ", ERP: ", taken.error().what));
}

Status ErpLink::take(const orders::Order& order) {
  if (order.state == State::approved)
    return sender_ ? sender_->place(work_order_of(order)) : order_without_erp(order);
  if (!sender_ || order.erp.is_null()) return {};
  if (order.state == State::done) return sender_->close(order.id);
  if (order.state == State::cancelled) return sender_->cancel(order.id);
  return {};
}

Status ErpLink::order_without_erp(const orders::Order& order) {
  const auto moved = orders_.change(order.id, [&](orders::Order& now) -> Status {
    if (now.state != State::approved) return {};
    auto next = advance(now, {State::ordered, "station", "no_erp", "", clock_.wall()});
    if (!next) return forward(next);
    now = *std::move(next);
    return {};
  });
  return moved ? Status() : forward(moved);
}

// May be told twice: the second time the order is beyond it.
Status ErpLink::placed(const std::string& id, const erp::Placed& placed) {
  const auto changed = orders_.change(id, [&](orders::Order& now) -> Status {
    now.erp = erp_json(adapter_->system(), placed, clock_);
    if (now.state != State::approved) return {};
    auto next = advance(now, {State::ordered, "station", "erp", placed.number, clock_.wall()});
    if (!next) return forward(next);
    now = *std::move(next);
    return {};
  });
  return changed ? Status() : forward(changed);
}

Status ErpLink::refused(const std::string& id, const Error& error) {
  log_.error(cat("the ERP refuses order ", id, ": ", error.what));
  const auto changed = orders_.change(id, [&](orders::Order& now) -> Status {
    now.erp = json::Object{
        {"system", adapter_->system()}, {"number", ""},         {"url", ""},
        {"state", "refused"},           {"reason", error.what}, {"at", orders::to_ms(clock_.wall())}};
    return {};
  });
  return changed ? Status() : forward(changed);
}

Status ErpLink::again(const std::string& id) {
  const auto order = orders_.find(id);
  if (!order) return forward(order);
  if (!sender_ || order->state != State::approved || text_of(order->erp, "state") != "refused")
    return fail(ErrorKind::conflict, cat("order ", id, " was not refused by the ERP"));
  return sender_->again(id);
}

json::Value ErpLink::json() {
  if (!sender_) return nullptr;
  const auto stats = sender_->stats();
  return json::Object{{"system", adapter_->system()},
                      {"waiting", stats.waiting},
                      {"placed", stats.placed},
                      {"refused", stats.refused},
                      {"error", stats.last_error}};
}

}  // namespace oree::edge
