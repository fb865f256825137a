// /api/v1/orders…: orders, their evidence and proof, and what technicians did.
#include <algorithm>

#include "base/text.h"
#include "nodes/edge/maintenance/maintenance.h"
#include "nodes/edge/station/parts.h"
#include "platform/crypto/crypto.h"

namespace oree::edge {
namespace {

using http::Request;
using http::Response;

constexpr size_t kMostOperations = 10'000;
constexpr size_t kMostPhotoBytes = 8 << 20;

Result<std::optional<int64_t>> number_parameter(const Request& request, std::string_view name) {
  const auto text = request.parameter(name);
  if (!text || text->empty()) return std::nullopt;
  const auto value = parse_number<int64_t>(*text);
  if (!value || *value < 0)
    return fail(ErrorKind::invalid, cat("'", name, "' must be a number from 0, got '", *text, "'"));
  return value;
}

Result<orders::OrderStore::Query> query_of(const Request& request) {
  orders::OrderStore::Query query;
  if (const auto states = request.parameter("state"); states && !states->empty()) {
    for (const auto word : split(*states, ',')) {
      const auto state = orders::parse_state(word);
      if (!state) return fail(ErrorKind::invalid, cat("'", word, "' is no state of an order"));
      query.states.push_back(*state);
    }
  }
  query.asset = request.parameter("asset").value_or("");
  query.before = request.parameter("before").value_or("");
  const auto since = number_parameter(request, "since");
  if (!since) return forward(since);
  if (*since) query.since = orders::from_ms(std::min<int64_t>(**since, 253'402'300'799'999));
  const auto limit = number_parameter(request, "limit");
  if (!limit) return forward(limit);
  if (*limit && (**limit < 1 || **limit > 1000))
    return fail(ErrorKind::invalid, "'limit' must be a number from 1 to 1000");
  query.limit = static_cast<size_t>(limit->value_or(100));
  return query;
}

Response list(const Request& request, Maintenance& maintenance, const Clock& clock) {
  const auto query = query_of(request);
  if (!query) return error_response(query.error());
  const auto found = maintenance.orders().list(*query);
  if (!found) return error_response(found.error());
  json::Array all;
  for (const auto& order : *found) all.push_back(order_json(order));
  const bool more = found->size() == query->limit;
  return http::json(200,
                    json::print(json::Object{{"orders", std::move(all)},
                                             {"next", more ? json::Value(found->back().id) : json::Value()},
                                             {"now", orders::to_ms(clock.wall())}}));
}

Response answer(const Result<orders::Order>& order, int status = 200) {
  if (!order) return error_response(order.error());
  return http::json(status, json::print(order_json(*order)));
}

Response one(const Request& request, Maintenance& maintenance) {
  return answer(maintenance.orders().find(std::string(request.capture("id"))));
}

Response propose(const Request& request, Maintenance& maintenance) {
  const auto body = json::parse(request.body);
  if (!body) return error_response(body.error());
  return answer(maintenance.propose(*body), 201);
}

Response set_state(const Request& request, Maintenance& maintenance, const Clock& clock) {
  const auto body = json::parse(request.body);
  if (!body) return error_response(body.error());
  const auto text = [&](std::string_view key) -> std::string {
    const auto* value = body->find(key);
    return value != nullptr && value->text() != nullptr ? value->text()->substr(0, 1000) : "";
  };
  const auto state = orders::parse_state(text("state"));
  const bool by_people =
      state && (*state == orders::State::scheduled || *state == orders::State::in_progress ||
                *state == orders::State::done || *state == orders::State::cancelled);
  if (!by_people)
    return error_response({ErrorKind::invalid, "'state' must be scheduled, in_progress, done or cancelled"});
  if (text("by").empty()) return error_response({ErrorKind::invalid, "'by' must name who decides"});
  return answer(maintenance.orders().advance(std::string(request.capture("id")),
                                             {*state, text("by"), "person", text("reason"), clock.wall()}));
}

Response bytes_response(ByteBuffer bytes, std::string_view type) {
  auto kept = std::make_shared<const ByteBuffer>(std::move(bytes));
  Response response;
  response.borrowed = *kept;
  response.keep = kept;
  response.with("Content-Type", type);
  response.with("Cache-Control", "private, max-age=31536000, immutable");
  response.with("X-Content-Type-Options", "nosniff");
  response.with("Content-Security-Policy", "sandbox");
  return response;
}

// Evidence that was altered is gone for good: 410, so that nobody asks again as after another 500.
Response evidence_response(Result<ByteBuffer> bytes, std::string_view type) {
  if (bytes) return bytes_response(*std::move(bytes), type);
  Response response = error_response(bytes.error());
  if (bytes.error().kind == ErrorKind::corrupt) response.status = 410;
  return response;
}

Response manifest(const Request& request, Maintenance& maintenance) {
  const auto order = maintenance.orders().find(std::string(request.capture("id")));
  if (!order) return error_response(order.error());
  if (order->evidence.digest.empty())
    return error_response({ErrorKind::not_found, cat("order ", order->id, " has no evidence")});
  return evidence_response(maintenance.evidence().load(order->evidence.digest), "application/json");
}

Response part(const Request& request, Maintenance& maintenance) {
  const auto order = maintenance.orders().find(std::string(request.capture("id")));
  if (!order) return error_response(order.error());
  const auto wanted = request.capture("digest");
  const auto& parts = order->evidence.parts;
  const auto at = std::ranges::find(parts, wanted, &orders::EvidencePart::digest);
  if (at == parts.end() && wanted != order->evidence.digest)
    return error_response({ErrorKind::not_found, cat("order ", order->id, " has no such part")});
  return evidence_response(maintenance.evidence().load(wanted),
                           at != parts.end() ? at->type : "application/json");
}

Response proof(const Request& request, Maintenance& maintenance) {
  const std::string id(request.capture("id"));
  auto text = maintenance.proof(id);
  if (!text) return error_response(text.error());
  Response response = http::text(200, *text);
  response.with("Content-Disposition", cat("attachment; filename=\"", id, ".proof\""));
  return response;
}

json::Value synced_json(const orders::OrderStore::Synced& synced) {
  json::Array applied, conflicts, refused, changed;
  for (const auto& id : synced.applied) applied.emplace_back(id);
  for (const auto& one : synced.conflicts)
    conflicts.emplace_back(json::Object{{"id", one.id}, {"order", one.order}, {"field", one.field}});
  for (const auto& one : synced.refused)
    refused.emplace_back(json::Object{{"id", one.id}, {"code", one.code}, {"reason", one.reason}});
  for (const auto& order : synced.orders) changed.push_back(order_json(order));
  return json::Object{{"applied", std::move(applied)},
                      {"conflicts", std::move(conflicts)},
                      {"refused", std::move(refused)},
                      {"orders", std::move(changed)}};
}

Response operate(const Request& request, Maintenance& maintenance) {
  const auto body = json::parse(request.body);
  if (!body) return error_response(body.error());
  const auto* device = body->find("device");
  const auto* list = body->find("operations");
  if (device == nullptr || device->text() == nullptr || device->text()->size() > 100)
    return error_response({ErrorKind::invalid, "'device' must name the device that sends"});
  if (list == nullptr || list->array() == nullptr || list->array()->size() > kMostOperations)
    return error_response(
        {ErrorKind::invalid, cat("'operations' must be a list of at most ", kMostOperations)});
  std::vector<orders::Operation> operations;
  orders::OrderStore::Synced wrong;
  for (const auto& value : *list->array()) {
    auto operation = orders::parse_operation(value, *device->text());
    if (operation) {
      operations.push_back(*std::move(operation));
      continue;
    }
    const auto* id = value.find("id");
    wrong.refused.push_back(
        {id != nullptr && id->text() != nullptr ? *id->text() : "", "invalid", operation.error().what});
  }
  auto synced = maintenance.orders().operate(operations);
  if (!synced) return error_response(synced.error());
  std::ranges::move(wrong.refused, std::back_inserter(synced->refused));
  return http::json(200, json::print(synced_json(*synced)));
}

Response retry_erp(const Request& request, Maintenance& maintenance) {
  const std::string id(request.capture("id"));
  if (auto sent = maintenance.retry_erp(id); !sent) return error_response(sent.error());
  return answer(maintenance.orders().find(id));
}

bool is_picture(std::string_view bytes) {
  return bytes.starts_with("\xFF\xD8\xFF") || bytes.starts_with("\x89PNG\r\n\x1A\n");
}

Response put_photo(const Request& request, Maintenance& maintenance) {
  const std::string digest(request.capture("digest"));
  if (request.body.size() > kMostPhotoBytes)
    return error_response({ErrorKind::invalid, cat("a photo may have ", size_text(kMostPhotoBytes))});
  if (!is_picture(request.body))
    return error_response({ErrorKind::invalid, "a photo must be a JPEG or a PNG"});
  if (crypto::sha256(as_bytes(request.body)).hex() != digest)
    return error_response({ErrorKind::invalid, "the address must be the SHA-256 of what is sent"});
  const auto kept = maintenance.evidence().keep_photo(as_bytes(request.body));
  if (!kept) return error_response(kept.error());
  return http::json(200, json::print(json::Object{{"digest", *kept}}));
}

Response get_photo(const Request& request, Maintenance& maintenance) {
  auto bytes = maintenance.evidence().load(request.capture("digest"));
  if (!bytes) return error_response(bytes.error());
  if (!is_picture(as_text(*bytes))) return error_response({ErrorKind::not_found, "that is no photo"});
  const bool png = as_text(*bytes).starts_with("\x89PNG");
  return bytes_response(*std::move(bytes), png ? "image/png" : "image/jpeg");
}

}  // namespace

void mount_orders(http::Router& router, Maintenance& maintenance, const Clock& clock) {
  const auto add = [&](std::string method, std::string pattern, std::string summary, http::Handler handler,
                       std::vector<http::QueryParameter> query = {}) {
    router.add({std::move(method), std::move(pattern), "maintenance", std::move(summary), std::move(handler),
                false, std::move(query)});
  };
  add("GET", "/api/v1/orders", "Maintenance orders, newest first.",
      [&](const Request& request) { return list(request, maintenance, clock); },
      {{"state", "one or several, with commas"},
       {"asset", "of one machine"},
       {"since", "changed since, milliseconds since 1970"},
       {"before", "older than this order"},
       {"limit", "1 to 1000"}});
  add("POST", "/api/v1/orders", "A person proposes an order.",
      [&](const Request& request) { return propose(request, maintenance); });
  add("POST", "/api/v1/orders/operations", "What phones changed, each operation once.",
      [&](const Request& request) { return operate(request, maintenance); });
  add("PUT", "/api/v1/orders/photos/{digest}", "A photo, under its SHA-256.",
      [&](const Request& request) { return put_photo(request, maintenance); });
  add("GET", "/api/v1/orders/photos/{digest}", "A photo.",
      [&](const Request& request) { return get_photo(request, maintenance); });
  add("GET", "/api/v1/orders/{id}", "One order.",
      [&](const Request& request) { return one(request, maintenance); });
  add("POST", "/api/v1/orders/{id}/state", "Somebody schedules, starts, ends or cancels it.",
      [&](const Request& request) { return set_state(request, maintenance, clock); });
  add("POST", "/api/v1/orders/{id}/erp/retry", "What the ERP refused is sent again, once somebody mended it.",
      [&](const Request& request) { return retry_erp(request, maintenance); });
  add("GET", "/api/v1/orders/{id}/evidence", "The manifest of what was sealed.",
      [&](const Request& request) { return manifest(request, maintenance); });
  add("GET", "/api/v1/orders/{id}/evidence/{digest}", "A part of what was sealed.",
      [&](const Request& request) { return part(request, maintenance); });
  add("GET", "/api/v1/orders/{id}/proof", "The proof, to verify anywhere.",
      [&](const Request& request) { return proof(request, maintenance); });
}

}  // namespace oree::edge
