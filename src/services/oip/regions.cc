#include "services/oip/regions.h"

#include "base/text.h"
#include "platform/json/value.h"
#include "services/oip/error.h"
#include "services/oip/json_body.h"

namespace oree::oip {

namespace {

struct Registration {
  std::string key;
  uint64_t offset = 0, byte_size = 0;
};

std::unexpected<Error> no_field(std::string_view name) {
  return fail(ErrorKind::invalid, cat("Shared memory register request has no '", name, "' field"));
}

Result<uint64_t> size_field(const json::Value& value, std::string_view key) {
  const auto number = value.integer();
  if (number && *number >= 0) return static_cast<uint64_t>(*number);
  return fail(ErrorKind::invalid, cat("Unable to parse '", key,
                                      "': attempt to access JSON non-unsigned-integer as unsigned-integer"));
}

Result<Registration> parse_registration(std::string_view body) {
  const Result<json::Value> parsed = read_json(body);
  if (!parsed) return forward(parsed);
  const json::Value* const key = parsed->find("key");
  if (key == nullptr) return no_field("key");
  if (key->text() == nullptr)
    return fail(ErrorKind::invalid, "Unable to parse 'key': attempt to access JSON non-string as string");
  Registration registration{*key->text()};
  if (const json::Value* const offset = parsed->find("offset")) {
    const Result<uint64_t> value = size_field(*offset, "offset");
    if (!value) return forward(value);
    registration.offset = *value;
  }
  const json::Value* const byte_size = parsed->find("byte_size");
  if (byte_size == nullptr) return no_field("byte_size");
  const Result<uint64_t> value = size_field(*byte_size, "byte_size");
  if (!value) return forward(value);
  registration.byte_size = *value;
  return registration;
}

}  // namespace

http::Response Regions::denied() const {
  return error_answer(
      403, "shared memory is not allowed here: the client is not on this machine, or it is switched off");
}

http::Response Regions::status(const http::Request& request) const {
  const Result<std::vector<RegionInfo>> regions = memory_.status(request.capture("region"));
  if (!regions) return error_answer(regions.error());
  json::Array rows;
  for (const RegionInfo& region : *regions) {
    rows.push_back(json::Object{{"name", region.name},
                                {"key", region.key},
                                {"offset", region.offset},
                                {"byte_size", region.byte_size}});
  }
  return http::json(200, json::print(json::Value(std::move(rows))));
}

http::Response Regions::add(const http::Request& request) const {
  if (!may_use_regions(allowed_, request.peer)) return denied();
  const Result<Registration> asked = parse_registration(request.body);
  if (!asked) return error_answer(asked.error());
  const Status added = memory_.add(request.capture("region"), asked->key, asked->offset, asked->byte_size);
  return added ? http::json(200, "") : error_answer(added.error());
}

http::Response Regions::remove(const http::Request& request) const {
  if (!may_use_regions(allowed_, request.peer)) return denied();
  const std::string_view region = request.capture("region");
  region.empty() ? memory_.remove_all() : memory_.remove(region);
  return http::json(200, "");
}

http::Response Regions::cuda_status(const http::Request& request) const {
  const std::string_view region = request.capture("region");
  if (region.empty()) return http::json(200, "[]");
  if (memory_.status(region)) {
    return error_answer(404, cat("The region named '", region,
                                 "' is registered as system shared memory, not CUDA shared memory"));
  }
  return error_answer(404, cat("Unable to find cuda shared memory region: '", region, "'"));
}

http::Response Regions::cuda_add(const http::Request& request) const {
  return error_answer(400, cat("failed to register CUDA shared memory region: '", request.capture("region"),
                               "', GPUs not supported"));
}

http::Response Regions::cuda_remove(const http::Request&) const {
  return http::json(200, "");
}

}  // namespace oree::oip
