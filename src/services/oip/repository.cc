#include "services/oip/repository.h"

#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "services/oip/error.h"
#include "services/oip/json_body.h"

namespace oree::oip {

namespace {

constexpr std::string_view kFile = "file:";

// A boolean that may be absent.
Result<bool> flag(const json::Value& object, std::string_view key) {
  const json::Value* const value = object.find(key);
  if (value == nullptr) return false;
  if (value->boolean() != nullptr) return *value->boolean();
  return fail(ErrorKind::invalid,
              cat("Unable to parse '", key, "': attempt to access JSON non-boolean as boolean"));
}

// Inside the model's own folder, whatever happens.
bool is_inside(std::string_view path) {
  if (path.empty() || path.starts_with('/') || path.find('\\') != std::string_view::npos ||
      path.find('\0') != std::string_view::npos)
    return false;
  for (const std::string_view part : split(path, '/')) {
    if (part.empty() || part == "." || part == "..") return false;
  }
  return true;
}

Status take_file(std::string_view key, std::string_view text, inference::LoadRequest& request) {
  const std::string_view path = key.substr(kFile.size());
  if (!is_inside(path))
    return fail(ErrorKind::invalid, cat("'", key, "' must name a file inside of the model's folder"));
  const auto bytes = crypto::from_base64(text);
  if (!bytes) return fail(ErrorKind::invalid, cat("'", key, "' is no base64"));
  request.files.insert_or_assign(std::string(path), std::string(as_text(*bytes)));
  return {};
}

// A name that becomes a folder's.
Status check_name(std::string_view name) {
  if (name.find("..") == std::string_view::npos && name.find('\\') == std::string_view::npos &&
      name.find('/') == std::string_view::npos)
    return {};
  return fail(ErrorKind::invalid, "model name must not contain path traversal characters");
}

// Whatever is wrong with what was sent in place of files, in the words that people look for.
std::unexpected<Error> not_loaded(std::string_view name, const Error& why) {
  return fail(why.kind, cat("failed to load '", name, "', failed to poll from model repository: ", why.what));
}

http::Response done(const Status& status) {
  return status ? http::json(200, "") : error_answer(status.error());
}

}  // namespace

Result<inference::LoadRequest> parse_load(std::string_view name, std::string_view body) {
  inference::LoadRequest request;
  const Result<json::Value> object = read_json_object(body);
  if (!object) return forward(object);
  const json::Value* const parameters = object->find("parameters");
  if (parameters == nullptr) return request;
  if (parameters->object() == nullptr)
    return fail(ErrorKind::invalid,
                "Unable to parse 'parameters': attempt to access JSON non-object as object");
  for (const auto& [key, value] : *parameters->object()) {
    if (value.text() == nullptr) {
      return fail(ErrorKind::invalid,
                  cat("Unable to parse '", key, "': attempt to access JSON non-string as string"));
    }
    if (key == "config") {
      request.config_json = *value.text();
    } else if (key.starts_with(kFile)) {
      if (Status taken = take_file(key, *value.text(), request); !taken)
        return not_loaded(name, taken.error());
    } else {
      return fail(ErrorKind::invalid,
                  cat("unexpected parameter '", key, "'; a load takes 'config' and 'file:…'"));
    }
  }
  if (!request.files.empty() && request.config_json.empty())
    return not_loaded(name,
                      {ErrorKind::invalid, "load parameter 'config' must be specified when files are given"});
  return request;
}

http::Response Repository::index(const http::Request& request) const {
  const Result<json::Value> asked = read_json_object(request.body);
  if (!asked) return error_answer(asked.error());
  const Result<bool> only_ready = flag(*asked, "ready");
  if (!only_ready) return error_answer(only_ready.error());
  json::Array rows;
  for (const inference::IndexRow& model : service_.index()) {
    if (*only_ready && model.state != "READY") continue;
    json::Value& row = rows.emplace_back();
    row.set("name", model.name);
    if (!model.version.empty()) row.set("version", model.version);
    if (!model.state.empty()) row.set("state", model.state);
    if (!model.reason.empty()) row.set("reason", model.reason);
  }
  return http::json(200, json::print(json::Value(std::move(rows))));
}

http::Response Repository::load(const http::Request& request) const {
  const std::string_view name = request.capture("model");
  if (Status checked = check_name(name); !checked) return error_answer(checked.error());
  const Result<inference::LoadRequest> what = parse_load(name, request.body);
  if (!what) return error_answer(what.error());
  return done(service_.load(name, *what));
}

http::Response Repository::unload(const http::Request& request) const {
  const Result<json::Value> asked = read_json_object(request.body);
  if (!asked) return error_answer(asked.error());
  const json::Value* const parameters = asked->find("parameters");
  const Result<bool> dependents = parameters == nullptr ? false : flag(*parameters, "unload_dependents");
  if (!dependents) return error_answer(dependents.error());
  return done(service_.unload(request.capture("model"), *dependents));
}

http::Response Repository::named(const http::Request&) const {
  return error_answer(501, "'repository_name' specification is not supported");
}

}  // namespace oree::oip
