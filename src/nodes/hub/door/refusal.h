// A no to a station or a person, as it goes over the wire: status, a word for machines, a sentence for
// people.
#pragma once

#include <expected>
#include <string>

#include "base/result.h"
#include "platform/http/message.h"
#include "platform/json/value.h"

namespace oree::hub {

struct Refusal {
  int status = 400;
  std::string code;  // docs/formats/fleet.md
  std::string what;
  json::Object more = {};  // members besides
};

template <class T>
using Outcome = std::expected<T, Refusal>;

Refusal refusal_of(const Error& error);  // the kind decides status and code
http::Response to_response(const Refusal& refusal);
inline http::Response to_response(const Error& error) {
  return to_response(refusal_of(error));
}
http::Response answer(const Result<json::Value>& value);  // 200, or the error

}  // namespace oree::hub
