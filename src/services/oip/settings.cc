#include "services/oip/settings.h"

#include <limits>

#include "base/text.h"
#include "services/oip/error.h"
#include "services/oip/json_body.h"

namespace oree::oip {

namespace {

std::unexpected<Error> wrong(std::string_view key, std::string_view type) {
  return fail(ErrorKind::invalid,
              cat("Unable to parse '", key, "': attempt to access JSON non-", type, " as ", type));
}

// A text, or a list of them; null clears.
Result<std::vector<std::string>> texts(std::string_view key, const json::Value& value) {
  std::vector<std::string> out;
  if (value.is_null()) return out;
  if (key != "trace_level") {
    if (value.text() == nullptr) return wrong(key, "string");
    out.push_back(*value.text());
    return out;
  }
  if (value.array() == nullptr) return wrong(key, "array");
  for (const json::Value& each : *value.array()) {
    if (each.text() == nullptr) return wrong(key, "string");
    out.push_back(*each.text());
  }
  return out;
}

Status take(std::string_view key, const json::Value& value, std::optional<bool>& out) {
  if (value.boolean() == nullptr) return wrong(key, "boolean");
  out = *value.boolean();
  return {};
}

Status take(std::string_view key, const json::Value& value, std::optional<uint32_t>& out) {
  const auto number = value.integer();
  if (!number || !std::in_range<uint32_t>(*number)) return wrong(key, "unsigned-integer");
  out = static_cast<uint32_t>(*number);
  return {};
}

Status take(std::string_view key, const json::Value& value, std::optional<std::string>& out) {
  if (value.text() == nullptr) return wrong(key, "string");
  out = *value.text();
  return {};
}

Status take_log_member(std::string_view key, const json::Value& value, LogChange& change) {
  if (value.is_null()) return {};
  if (key == "log_file") return take(key, value, change.file);
  if (key == "log_info") return take(key, value, change.info);
  if (key == "log_warning") return take(key, value, change.warning);
  if (key == "log_error") return take(key, value, change.error);
  if (key == "log_verbose_level") return take(key, value, change.verbose_level);
  if (key == "log_format") return take(key, value, change.format);
  return fail(ErrorKind::invalid, cat("unknown log setting '", key, "'"));
}

}  // namespace

http::Response Settings::trace(const http::Request& request) const {
  const std::string_view model = request.capture("model");
  if (!model.empty() && !service_.versions(model)) return error_answer(Trace::unknown(model));
  json::Value body;
  for (auto& [name, values] : trace_.values(model)) {
    if (name == "trace_level") {
      body.set(name, json::Array(values.begin(), values.end()));
    } else {
      body.set(name, values.front());
    }
  }
  return http::json(200, json::print(body));
}

http::Response Settings::update_trace(const http::Request& request) const {
  const std::string_view model = request.capture("model");
  if (!model.empty() && !service_.versions(model)) return error_answer(Trace::unknown(model));
  const Result<json::Value> asked = read_json_object(request.body);
  if (!asked) return error_answer(asked.error());
  TraceValues changes;
  for (const auto& [key, value] : *asked->object()) {
    Result<std::vector<std::string>> values = texts(key, value);
    if (!values) return error_answer(values.error());
    changes.emplace_back(key, *std::move(values));
  }
  if (Status updated = trace_.update(model, changes); !updated) return error_answer(updated.error());
  return trace(request);
}

http::Response Settings::logging(const http::Request&) const {
  if (log_ == nullptr) return error_answer(503, "the server does not support dynamic logging");
  const LogSettings settings = log_->settings();
  return http::json(200, json::print(json::Value(json::Object{{"log_file", ""},
                                                              {"log_info", settings.info},
                                                              {"log_warning", settings.warning},
                                                              {"log_error", settings.error},
                                                              {"log_verbose_level", settings.verbose_level},
                                                              {"log_format", settings.format}})));
}

http::Response Settings::update_logging(const http::Request& request) const {
  if (log_ == nullptr) return error_answer(503, "the server does not support dynamic logging");
  const Result<json::Value> asked = read_json_object(request.body);
  if (!asked) return error_answer(asked.error());
  LogChange change;
  for (const auto& [key, value] : *asked->object()) {
    if (Status taken = take_log_member(key, value, change); !taken) return error_answer(taken.error());
  }
  if (Status updated = log_->update(change); !updated) return error_answer(updated.error());
  return logging(request);
}

}  // namespace oree::oip
