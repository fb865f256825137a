// oree-route-eval: JSON lines of {"route", "message": {"source", "properties", "system", "body"}, "sniff"}
// in, one result each out: {"result": "true" | "false" | "undefined" | "not from there"} or {"error": "…"}.
// For tests that hold the evaluator against another implementation.
#include <iostream>

#include "platform/json/value.h"
#include "services/routes/route.h"

namespace {

using namespace oree;
using namespace oree::routes;

std::string text(const json::Value* value) {
  const std::string* found = value ? value->text() : nullptr;
  return found ? *found : "";
}

Properties properties(const json::Value* value) {
  Properties out;
  if (!value || !value->object()) return out;
  for (const auto& [key, one] : *value->object()) out.emplace_back(key, text(&one));
  return out;
}

json::Value answer(const json::Value& line) {
  json::Value out;
  const json::Value* const message = line.find("message");
  const auto route = parse_route(text(line.find("route")));
  if (!route || !message) return out.set("error", route ? "no message" : route.error().what), out;
  const RoutedMessage routed{text(message->find("source")), properties(message->find("properties")),
                             properties(message->find("system")), text(message->find("body"))};
  const json::Value* const sniff = line.find("sniff");
  const Verdict verdict =
      evaluate(*route, routed, {.sniff_json = sniff && sniff->boolean() && *sniff->boolean()});
  const char* result = verdict.condition == Truth::yes  ? "true"
                       : verdict.condition == Truth::no ? "false"
                                                        : "undefined";
  out.set("result", verdict.from_source ? result : "not from there");
  return out;
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto parsed = json::parse(line);
    if (!parsed) {
      std::cerr << parsed.error().what << '\n';
      return 1;
    }
    std::cout << json::print(answer(*parsed)) << '\n';
  }
  return 0;
}
