#include "services/oip/json_body.h"

#include "base/text.h"
#include "platform/json/scanner.h"

namespace oree::oip {

Result<json::Value> read_json(std::string_view body) {
  Result<json::Value> parsed = json::parse(body);
  if (parsed) return parsed;
  constexpr std::string_view kFailed = "failed to parse the request JSON buffer: ";
  json::Scanner scanner(body);
  scanner.skip();
  if (!scanner.broken()) (void)scanner.finish();
  // The two readers have their own limits: what this one passes keeps the other's sentence.
  if (!scanner.broken()) return forward(parsed, kFailed.substr(0, kFailed.size() - 2));
  return fail(ErrorKind::invalid, cat(kFailed, scanner.fault(), " at ", scanner.fault_place()));
}

Result<json::Value> read_json_object(std::string_view body) {
  if (trim(body).empty()) return json::Value(json::Object{});
  Result<json::Value> parsed = read_json(body);
  if (parsed && parsed->object() == nullptr) {
    return fail(ErrorKind::invalid, "attempt to access JSON non-object as object");
  }
  return parsed;
}

}  // namespace oree::oip
