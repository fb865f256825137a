#include "nodes/edge/maintenance/authority_client.h"

#include "base/text.h"
#include "platform/json/value.h"

namespace oree::edge {
namespace {

constexpr milliseconds kDeadline{5'000};
constexpr uint64_t kMostAnswer = 64 << 10;

std::string text_of(const json::Value& body, std::string_view key) {
  const auto* value = body.find(key);
  return value != nullptr && value->text() != nullptr ? *value->text() : "";
}

// What went wrong, in the authority's own words when it gave some.
Error error_of(const http::Response& response, const std::string& name) {
  const auto body = json::parse(response.body);
  const std::string said = body ? text_of(*body, "error") : "";
  const auto kind = response.status == 404   ? ErrorKind::not_found
                    : response.status == 409 ? ErrorKind::conflict
                    : response.status == 403 ? ErrorKind::denied
                    : response.status >= 500 ? ErrorKind::unavailable
                                             : ErrorKind::invalid;
  return {kind, cat("authority '", name, "' answered ", response.status, said.empty() ? "" : ": ", said)};
}

Result<AuthorityClient::Answer> parse_answer(const std::string& text, const std::string& name) {
  const auto body = json::parse(text);
  if (!body) return forward(body, cat("authority '", name, "'"));
  AuthorityClient::Answer answer;
  answer.reason = text_of(*body, "reason").substr(0, 1000);
  const std::string status = text_of(*body, "status");
  if (status == "pending") return answer;
  answer.status = AuthorityClient::Answer::Status::decided;
  answer.statement = {text_of(*body, "statement"), text_of(*body, "signature")};
  if (answer.statement.text.empty())
    return fail(ErrorKind::invalid, cat("authority '", name, "' answered without a statement"));
  return answer;
}

}  // namespace

Result<http::Response> AuthorityClient::call(std::string_view method, const std::string& path,
                                             const std::string& body) {
  const auto url = http::parse_url(cat(setting_.url, path));
  if (!url) return forward(url);
  http::CallOptions options;
  options.deadline = kDeadline;
  options.max_body_bytes = kMostAnswer;
  std::vector<http::Header> headers;
  if (!body.empty()) headers.push_back({"Content-Type", "application/json"});
  return client_.call(method, *url, headers, body, options);
}

Result<AuthorityClient::Answer> AuthorityClient::ask(const approvals::Signed& proposal,
                                                     const crypto::PublicKey& station,
                                                     const std::string& evidence_url) {
  const json::Object body{{"proposal", proposal.text},
                          {"signature", proposal.signature},
                          {"key", station.base64()},
                          {"evidence_url", evidence_url}};
  const auto response = call("POST", "/api/v1/proposals", json::print(body));
  if (!response) return forward(response);
  if (response->status != 200) return std::unexpected(error_of(*response, setting_.name));
  return parse_answer(response->body, setting_.name);
}

Result<AuthorityClient::Answer> AuthorityClient::look(const std::string& order) {
  const auto response = call("GET", cat("/api/v1/proposals/", order), "");
  if (!response) return forward(response);
  if (response->status != 200) return std::unexpected(error_of(*response, setting_.name));
  return parse_answer(response->body, setting_.name);
}

Result<AuthorityClient::Cosigned> AuthorityClient::add_checkpoint(const std::string& body) {
  const auto response = call("POST", "/add-checkpoint", body);
  if (!response) return forward(response);
  return Cosigned{response->status, response->body};
}

}  // namespace oree::edge
