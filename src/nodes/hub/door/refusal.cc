#include "nodes/hub/door/refusal.h"

#include "base/text.h"

namespace oree::hub {

Refusal refusal_of(const Error& error) {
  const auto& facts = oree::facts(error.kind);
  return {facts.http_status, std::string(facts.name), error.what};
}

http::Response to_response(const Refusal& refusal) {
  json::Object body{{"error", refusal.what}, {"code", refusal.code}};
  for (const auto& member : refusal.more) body.push_back(member);
  auto response = http::json(refusal.status, json::print(body));
  if (refusal.status == 429) response.with("Retry-After", "10");
  if (refusal.status == 503) response.with("Retry-After", "5");
  return response;
}

http::Response answer(const Result<json::Value>& value) {
  return value ? http::json(200, json::print(*value)) : to_response(value.error());
}

}  // namespace oree::hub
