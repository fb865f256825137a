// What goes wrong, as the protocol says it: {"error": sentence}.
#pragma once

#include "base/error.h"
#include "platform/http/message.h"

namespace oree::oip {

// Triton's codes: what exists already is a 400, a time that is over a 503.
int http_status(ErrorKind kind);
http::Response error_answer(int status, std::string_view sentence);
http::Response error_answer(const Error& error);

}  // namespace oree::oip
