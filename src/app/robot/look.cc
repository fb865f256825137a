#include "app/robot/look.h"

#include <algorithm>

#include "base/text.h"
#include "core/ledger/proof.h"
#include "platform/crypto/crypto.h"

namespace oree::app {
namespace {

double number(int64_t ms) {
  return static_cast<double>(ms);
}

std::string text_of(const json::Value& value, std::string_view key) {
  const auto* found = value.find(key);
  return found != nullptr && found->text() != nullptr ? *found->text() : "";
}

std::optional<int64_t> integer_of(const json::Value& value, std::string_view key) {
  const auto* found = value.find(key);
  return found != nullptr ? found->integer() : std::nullopt;
}

std::optional<Timeline::Hop> hop_of(const std::string& authority) {
  if (authority == "factory") return Timeline::factory;
  if (authority == "maker") return Timeline::maker;
  if (authority == "safety") return Timeline::safety;
  return std::nullopt;
}

// Whom the station says to believe; a real auditor brings this along.
Result<ledger::Policy> policy_of(const json::Value& ledger) {
  auto log = ledger::parse_verifier_key(text_of(ledger, "key"));
  if (!log) return forward(log);
  ledger::Policy policy{.log = *std::move(log), .witnesses = {}, .quorum = 0};
  if (const auto* witnesses = ledger.find("witnesses");
      witnesses != nullptr && witnesses->array() != nullptr) {
    for (const auto& one : *witnesses->array()) {
      auto key = ledger::parse_verifier_key(one.text() != nullptr ? *one.text() : "");
      if (!key) return forward(key);
      policy.witnesses.push_back(*std::move(key));
    }
  }
  policy.quorum = static_cast<size_t>(integer_of(ledger, "quorum").value_or(0));
  return policy;
}

std::optional<json::Value> order_among(const json::Value& list, const std::string& id) {
  const auto* orders = list.find("orders");
  if (orders == nullptr || orders->array() == nullptr) return std::nullopt;
  const auto at = std::ranges::find_if(*orders->array(),
                                       [&](const json::Value& one) { return text_of(one, "id") == id; });
  return at != orders->array()->end() ? std::optional(*at) : std::nullopt;
}

}  // namespace

MonoTime Look::mono_of(int64_t wall_ms) const {
  return clock_.mono() - (clock_.wall() - WallTime(milliseconds(wall_ms)));
}

Result<std::string> Look::get(const std::string& path) {
  const auto address = http::parse_url(cat(url_, path));
  if (!address) return forward(address);
  auto answer = client_.call("GET", *address, {}, "", {});
  if (!answer) return forward(answer);
  if (answer->status != 200) return fail(ErrorKind::not_found, cat(path, " answered ", answer->status));
  return std::move(answer->body);
}

Status Look::once() {
  if (auto looked = look_at_machine(); !looked) return looked;
  return look_at_orders();
}

Status Look::look_at_machine() {
  const auto body = get("/api/v1/machines/robot-01");
  if (!body) return body.error().kind == ErrorKind::not_found ? Status() : forward(body);
  const auto machine = json::parse(*body);
  if (!machine) return forward(machine);
  if (const auto* newest = machine->find("newest");
      newest != nullptr && newest->number().value_or(0) >= number(bad_ms_))
    note(Timeline::stored);
  if (const auto* detector = machine->find("detector"); detector != nullptr) look_at_scores(*detector);
  const auto* found = machine->find("anomalies");
  if (found == nullptr || found->array() == nullptr) return {};
  for (const auto& anomaly : *found->array()) look_at_anomaly(anomaly);
  return {};
}

void Look::look_at_scores(const json::Value& detector) {
  const auto* scores = detector.find("scores");
  if (scores == nullptr || scores->array() == nullptr || scores->array()->empty()) return;
  const auto* newest = scores->array()->back().array();
  if (newest->front().number().value_or(0) > number(bad_ms_)) note(Timeline::scored);
}

void Look::look_at_anomaly(const json::Value& anomaly) {
  const auto* to = anomaly.find("to");
  if (to == nullptr) return;
  if (to->number().value_or(0) < number(bad_ms_)) {
    false_alarm_ = true;
    return;
  }
  note(Timeline::anomaly);
  sentence_ = text_of(anomaly, "sentence");
}

Status Look::look_at_orders() {
  const auto body = get("/api/v1/orders?asset=robot-01");
  if (!body) return forward(body);
  const auto list = json::parse(*body);
  if (!list) return forward(list);
  const auto* orders = list->find("orders");
  if (orders == nullptr || orders->array() == nullptr || orders->array()->empty()) return {};
  if (orders->array()->size() > 1) complaint_ = "one fault of one robot made more than one order";
  order_ = orders->array()->back();
  timeline_.note(Timeline::sealed, mono_of(integer_of(order_, "created").value_or(0)));
  note(Timeline::proposed);
  look_at_approvals(order_);
  const std::string state = text_of(order_, "state");
  if (state == "refused" || state == "expired") complaint_ = cat("the order was ", state);
  if (const auto* proof = order_.find("proof"); proof != nullptr && text_of(*proof, "kind") == "ethereum") {
    if (const auto at = integer_of(*proof, "at")) timeline_.note(Timeline::chain, mono_of(*at));
  }
  look_at_history(order_);
  const auto* erp = order_.find("erp");
  if (state != "ordered" || erp == nullptr || text_of(*erp, "number").empty()) return {};
  if (const auto at = integer_of(*erp, "at")) timeline_.note(Timeline::erp, mono_of(*at));
  return timeline_.at(Timeline::technician) ? Status() : see_as_technician(text_of(order_, "id"));
}

void Look::look_at_approvals(const json::Value& order) {
  const auto* authorities = order.find("authorities");
  if (authorities == nullptr || authorities->array() == nullptr) return;
  for (const auto& one : *authorities->array()) {
    const auto hop = hop_of(text_of(one, "name"));
    if (!hop || text_of(one, "decision") != "approve") continue;
    if (const auto at = integer_of(one, "at")) timeline_.note(*hop, mono_of(*at));
  }
}

void Look::look_at_history(const json::Value& order) {
  const auto* history = order.find("history");
  if (history == nullptr || history->array() == nullptr) return;
  for (const auto& step : *history->array()) {
    if (text_of(step, "state") != "approved") continue;
    if (const auto at = integer_of(step, "at")) timeline_.note(Timeline::quorum, mono_of(*at));
  }
}

// What the phone does: its app, its list of orders, the evidence by its digest, and the proof verified on the
// spot. Whatever is not there yet is looked for again.
Status Look::see_as_technician(const std::string& id) {
  if (!get("/technician/") || !get("/technician/app.js")) {
    complaint_ = "the station does not serve the technician's app";
    return {};
  }
  const auto list = get("/api/v1/orders?state=proposed,approved,ordered,scheduled,in_progress&limit=200");
  if (!list) return forward(list);
  const auto orders = json::parse(*list);
  if (!orders) return forward(orders);
  const auto order = order_among(*orders, id);
  if (!order || text_of(*order, "state") != "ordered") return {};
  if (const auto* evidence = order->find("evidence"); evidence != nullptr) {
    const auto manifest = get(cat("/api/v1/orders/", id, "/evidence"));
    if (!manifest) return forward(manifest);
    if (crypto::sha256(as_bytes(*manifest)).hex() != text_of(*evidence, "digest")) {
      complaint_ = "the evidence is not what was sealed";
      return {};
    }
  }
  return verify_as_technician(id);
}

Status Look::verify_as_technician(const std::string& id) {
  const auto text = get(cat("/api/v1/orders/", id, "/proof"));
  if (!text) return {};  // the witnesses are a moment behind
  const auto about = get("/api/v1/ledger");
  if (!about) return forward(about);
  const auto ledger = json::parse(*about);
  if (!ledger) return forward(ledger);
  const auto policy = policy_of(*ledger);
  if (!policy) return forward(policy);
  const auto proof = ledger::parse_proof(*text);
  if (!proof) return forward(proof);
  const auto proven = ledger::verify_proof(*proof, *policy);
  if (!proven) {
    complaint_ = cat("the proof does not hold: ", proven.error().what);
  } else if (as_text(proven->entry).find(id) == std::string_view::npos) {
    complaint_ = "the proof is of another order";
  } else {
    note(Timeline::technician);
  }
  return {};
}

std::string Look::summary() const {
  if (order_.is_null()) return "";
  const auto* erp = order_.find("erp");
  const std::string number = erp != nullptr ? text_of(*erp, "number") : "";
  return cat(text_of(order_, "id"), ": ", text_of(order_, "fault"), " of ", text_of(order_, "asset"), ", ",
             text_of(order_, "state"), number.empty() ? "" : cat(", number ", number, " in the ERP"));
}

}  // namespace oree::app
