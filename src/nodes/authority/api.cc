#include "nodes/authority/api.h"

#include <algorithm>

#include "base/text.h"
#include "nodes/authority/access.h"

namespace oree::authority {
namespace {

using http::Request;
using http::Response;
using json::Object;
using json::Value;

constexpr int kUnprocessable = 422;

Value maybe(const std::string& text) {
  return text.empty() ? Value() : Value(text);
}

Object proposal_json(const Record& record) {
  const auto& p = record.proposal;
  return {{"order", p.order},
          {"station", p.station},
          {"asset", p.asset},
          {"fault", p.fault},
          {"evidence", p.evidence.hex()},
          {"evidence_url", record.evidence_url},
          {"model", maybe(p.model)},
          {"score", p.score},
          {"threshold", p.threshold},
          {"cost", Object{{"ceiling", p.cost}, {"currency", p.currency}}},
          {"priority", p.priority},
          {"created", p.created},
          {"expires", p.expires},
          {"quorum", Object{{"needed", p.needed}, {"of", p.of}}},
          {"received", record.received}};
}

Response answer(const Result<Record>& record, const Judge& judge) {
  if (!record) return error_response(record.error());
  const bool expired = record->settled && record->settled->code == "expired";
  return http::json(expired ? kUnprocessable : 200,
                    json::print(answer_json(*record, judge.trouble(record->proposal.order))));
}

Response submit(const Request& request, Parts& parts) {
  const auto submission = parse_submission(request.body);
  if (!submission) return error_response(submission.error());
  if (auto known = check_sender(*submission, parts.settings.rules); !known)
    return error_response(known.error());
  return answer(parts.judge.submit(*submission), parts.judge);
}

Response one(const Request& request, Parts& parts) {
  const auto record = parts.judge.find(std::string(request.capture("order")));
  if (!record) return error_response(record.error());
  return http::json(200, json::print(answer_json(*record, parts.judge.trouble(record->proposal.order))));
}

Response list(const Request& request, Parts& parts) {
  const auto limit = parse_number<size_t>(request.parameter("limit").value_or("100"));
  if (!limit || *limit < 1 || *limit > 1000)
    return error_response({ErrorKind::invalid, "'limit' must be a number from 1 to 1000"});
  const auto records = parts.store.list(std::nullopt, *limit);
  if (!records) return error_response(records.error());
  const auto counts = parts.store.counts();
  if (!counts) return error_response(counts.error());
  json::Array all;
  for (const Record& record : *records) {
    Object item = proposal_json(record);
    const Value more = answer_json(record, parts.judge.trouble(record.proposal.order));
    for (const auto& [key, value] : *more.object()) {
      if (key != "order") item.emplace_back(key, value);
    }
    all.emplace_back(std::move(item));
  }
  const auto now = std::chrono::floor<milliseconds>(parts.clock.wall().time_since_epoch()).count();
  return http::json(200, json::print(Object{{"proposals", std::move(all)},
                                            {"checking", counts->checking},
                                            {"asking", counts->asking},
                                            {"approved", counts->approved},
                                            {"refused", counts->refused},
                                            {"now", now}}));
}

std::string text_at(const Value& body, std::string_view key) {
  const auto* value = body.find(key);
  return value != nullptr && value->text() != nullptr ? *value->text() : "";
}

Response decide(const Request& request, Parts& parts) {
  const auto body = json::parse(request.body);
  if (!body) return error_response(body.error());
  const auto verdict = text_at(*body, "decision");
  if (verdict != "approve" && verdict != "refuse")
    return error_response({ErrorKind::invalid, "'decision' must be approve or refuse"});
  const auto reason = text_at(*body, "reason");
  if (reason.size() > 1000) return error_response({ErrorKind::invalid, "'reason' may have 1000 bytes"});
  const auto person = person_of(request, parts.settings, text_at(*body, "by"));
  if (!person) {
    auto response = error_response(person.error());
    if (!parts.settings.people.empty() && request.header("Authorization").empty()) {
      response.status = 401;
      response.with("WWW-Authenticate", "Bearer");
    }
    return response;
  }
  const auto record = parts.judge.decide(
      std::string(request.capture("order")),
      verdict == "approve" ? approvals::Verdict::approve : approvals::Verdict::refuse, *person, reason);
  return answer(record, parts.judge);
}

Response identity(Parts& parts) {
  return http::json(200, json::print(Object{{"name", parts.settings.rules.authority},
                                            {"key", parts.key.base64()},
                                            {"witness_key", parts.witness.key().key.base64()},
                                            {"witness", parts.witness.key().text()},
                                            {"ethereum", maybe(parts.ethereum)}}));
}

Response rules(Parts& parts) {
  json::Array sentences;
  for (const auto& one : in_words(parts.settings.rules))
    sentences.emplace_back(Object{{"en", one.en}, {"fr", one.fr}});
  return http::json(200, json::print(Object{{"sentences", std::move(sentences)},
                                            {"asks_for_token", !parts.settings.people.empty()}}));
}

Response witness_state(Parts& parts) {
  json::Array logs;
  for (const auto& station : parts.settings.rules.stations) {
    const auto origin = log_origin(station.name);
    const auto last = parts.witness.last(origin);
    logs.emplace_back(Object{{"origin", origin},
                             {"size", last ? Value(last->size) : Value()},
                             {"root", last ? Value(ledger::base64_text(last->root)) : Value()}});
  }
  return http::json(200, json::print(Object{{"name", parts.witness.key().name},
                                            {"key", parts.witness.key().text()},
                                            {"logs", std::move(logs)}}));
}

Response add_checkpoint(const Request& request, Parts& parts) {
  const auto said = parts.witness.add_checkpoint(request.body);
  Response response;
  response.status = said.status;
  response.body = said.body;
  response.with("Content-Type", said.type);
  return response;
}

}  // namespace

std::string log_origin(const std::string& station) {
  return cat("oree/", station, "/orders");
}

http::Response error_response(const Error& error) {
  return http::json(facts(error.kind).http_status,
                    json::print(Object{{"error", error.what}, {"kind", facts(error.kind).name}}));
}

Value answer_json(const Record& record, const std::string& trouble) {
  if (!record.settled) {
    const bool asking = record.stage == Stage::asking;
    const std::string reason = asking            ? record.reason
                               : trouble.empty() ? "the evidence is being fetched and verified"
                                                 : cat("the evidence could not be fetched yet: ", trouble);
    return Object{{"order", record.proposal.order},
                  {"status", "pending"},
                  {"stage", name(record.stage)},
                  {"statement", nullptr},
                  {"signature", nullptr},
                  {"code", maybe(record.code)},
                  {"reason", reason},
                  {"by", nullptr},
                  {"at", nullptr}};
  }
  const Settled& settled = *record.settled;
  return Object{{"order", record.proposal.order},
                {"status", name(settled.verdict)},
                {"stage", name(record.stage)},
                {"statement", settled.statement.text},
                {"signature", settled.statement.signature},
                {"code", settled.code},
                {"reason", settled.reason},
                {"by", settled.by},
                {"at", settled.at}};
}

void mount_proposals(http::Router& router, Parts& parts) {
  router.add({"POST", "/api/v1/proposals", "proposals", "A station proposes an order.",
              [&](const Request& request) { return submit(request, parts); }});
  router.add({"GET",
              "/api/v1/proposals",
              "proposals",
              "What waits, and what was decided.",
              [&](const Request& request) { return list(request, parts); },
              false,
              {{"limit", "1 to 1000"}}});
  router.add({"GET", "/api/v1/proposals/{order}", "proposals", "The answer to one proposal.",
              [&](const Request& request) { return one(request, parts); }});
  router.add({"POST", "/api/v1/proposals/{order}/decision", "proposals", "A person decides.",
              [&](const Request& request) { return decide(request, parts); }});
}

void mount_identity(http::Router& router, Parts& parts) {
  router.add({"GET", "/api/v1/identity", "identity", "Name and keys.",
              [&](const Request&) { return identity(parts); }});
  router.add({"GET", "/api/v1/rules", "identity", "The rules in words.",
              [&](const Request&) { return rules(parts); }});
  router.add({"GET", "/api/v1/witness", "identity", "The logs it witnesses, and how far.",
              [&](const Request&) { return witness_state(parts); }});
  router.add({"POST", "/add-checkpoint", "witness", "Cosigns a log's checkpoint (C2SP tlog-witness).",
              [&](const Request& request) { return add_checkpoint(request, parts); }});
}

}  // namespace oree::authority
