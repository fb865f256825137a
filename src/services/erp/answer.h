// What an HTTP answer of an ERP means: its kind of error, its reason, how long to wait. Pure functions over
// bytes that a stranger sent.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "platform/http/message.h"
#include "platform/json/value.h"

namespace oree::erp {

// 400 invalid, 401 and 403 denied, 404 and 410 not_found, 408 timeout, 409 and 412 conflict, 429 busy, 5xx
// unavailable, 3xx invalid (nobody follows them).
ErrorKind kind_of_status(int status);

// Retry-After in seconds or as a date (RFC 9110 §10.2.3), at most a day; 0 when there is none that can be
// read.
milliseconds retry_after(const http::Response& answer, WallTime now);

// The reason a body gives, on one line of at most 300 bytes: OData's error.code and error.message, `message`,
// `detail`, `title`, `error_description`, or the beginning of the text.
std::string reason_in(std::string_view body);

// "erp.example answered 404: 0x80040217 …"
std::unexpected<Error> refusal(const http::Response& answer, std::string_view who);

// RFC 6901; nullptr when nothing is there or the pointer is none.
const json::Value* at_pointer(const json::Value& value, std::string_view pointer);
bool is_pointer(std::string_view text);

// RFC 3986 §2.1: everything but the unreserved characters becomes %XX.
std::string percent_encode(std::string_view text);

}  // namespace oree::erp
