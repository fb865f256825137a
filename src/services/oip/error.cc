#include "services/oip/error.h"

#include "platform/json/value.h"

namespace oree::oip {

int http_status(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::conflict:
      return 400;
    case ErrorKind::timeout:
    case ErrorKind::full:
      return 503;
    default:
      return facts(kind).http_status;
  }
}

http::Response error_answer(int status, std::string_view sentence) {
  std::string body = "{\"error\":";
  json::quote_to(body, sentence);
  body += '}';
  return http::json(status, std::move(body));
}

http::Response error_answer(const Error& error) {
  return error_answer(http_status(error.kind), error.what);
}

}  // namespace oree::oip
