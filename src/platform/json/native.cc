#include "platform/json/native.h"

namespace oree::json {
namespace {

std::string_view article(std::string_view token) {
  if (token.starts_with('[')) return "an array";
  if (token.starts_with('{')) return "an object";
  return token;
}

}  // namespace

std::unexpected<Error> Walk::stop(simdjson::error_code code) {
  if (broken) broken = fail(ErrorKind::invalid, cat("not valid JSON: ", simdjson::error_message(code)));
  return forward(broken);
}

std::unexpected<Error> Walk::stop_too_deep() {
  if (broken) broken = fail(ErrorKind::invalid, cat("nested deeper than ", kMaxDepth));
  return forward(broken);
}

std::unexpected<Error> wrong(std::string_view wanted, std::string_view found) {
  constexpr size_t kShown = 40;
  found = article(trim(found));
  return fail(ErrorKind::invalid,
              cat("must be ", wanted, ", got ", found.substr(0, kShown), found.size() > kShown ? "…" : ""));
}

std::unexpected<Error> wrong(std::string_view wanted, ondemand::value& found) {
  return wrong(wanted, found.raw_json_token());
}

std::unexpected<Error> Cursor::Spot::used_twice() const {
  return fail(ErrorKind::bug, "a JSON value was read twice");
}

std::unexpected<Error> Cursor::Spot::wrong(std::string_view wanted) {
  if (auto* value = std::get_if<ondemand::value*>(&at)) return json::wrong(wanted, **value);
  if (auto* tree = std::get_if<const Value*>(&at)) return json::wrong(wanted, print(**tree));
  return json::wrong(wanted, "another kind of document");
}

Result<ondemand::array> Cursor::Spot::open_array() {
  if (!walk.broken) return forward(walk.broken);
  if (used) return used_twice();
  ondemand::array array;
  simdjson::error_code code = simdjson::INCORRECT_TYPE;
  if (auto* value = std::get_if<ondemand::value*>(&at)) {
    code = (*value)->get_array().get(array);
  } else if (auto* document = std::get_if<ondemand::document*>(&at)) {
    code = (*document)->get_array().get(array);
  }
  if (code == simdjson::INCORRECT_TYPE) return wrong("an array");
  if (code) return walk.stop(code);
  used = true;
  return array;
}

Result<ondemand::object> Cursor::Spot::open_object() {
  if (!walk.broken) return forward(walk.broken);
  if (used) return used_twice();
  ondemand::object object;
  simdjson::error_code code = simdjson::INCORRECT_TYPE;
  if (auto* value = std::get_if<ondemand::value*>(&at)) {
    code = (*value)->get_object().get(object);
  } else if (auto* document = std::get_if<ondemand::document*>(&at)) {
    code = (*document)->get_object().get(object);
  }
  if (code == simdjson::INCORRECT_TYPE) return wrong("an object");
  if (code) return walk.stop(code);
  used = true;
  return object;
}

}  // namespace oree::json
