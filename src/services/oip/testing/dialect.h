// The dialect, mounted over a Service, asked without a socket; answers as plain values.
#pragma once

#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <vector>

#include "base/text.h"
#include "platform/json/value.h"
#include "services/oip/oip.h"
#include "services/oip/testing/models.h"

namespace oree::oip::testing {

struct Answer {
  int status = 0;
  std::string body;
  std::vector<http::Header> headers;

  std::string header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (iequals(key, name)) return value;
    }
    return "";
  }
  // The sentence of an error.
  std::string error() const {
    const auto parsed = json::parse(body);
    REQUIRE_MESSAGE(parsed.has_value(), body);
    REQUIRE_MESSAGE(parsed->find("error") != nullptr, body);
    return *parsed->find("error")->text();
  }
  // JSON and what follows it.
  size_t json_length() const {
    return parse_number<size_t>(header("Inference-Header-Content-Length")).value();
  }
};

inline Answer plain(http::Response response) {
  Answer answer{response.status, std::move(response.body), std::move(response.headers)};
  if (!response.borrowed.empty()) answer.body = as_text(response.borrowed);
  for (const std::string_view line : split(response.borrowed_fields, '\n')) {
    const size_t colon = line.find(": ");
    if (colon != std::string_view::npos)
      answer.headers.emplace_back(line.substr(0, colon), trim(line.substr(colon + 2)));
  }
  return answer;
}

template <class Models = inference::testing::ModelService>
struct Dialect {
  explicit Dialect(RegionsFor regions = RegionsFor::this_machine, TraceSink trace = {},
                   LogSwitch* log = nullptr)
      : oip(service, {"oree", "1.2.3", regions, std::move(trace), log}) {
    if constexpr (std::same_as<Models, inference::testing::ModelService>) add_models(service);
    oip.mount(router);
  }

  http::Request request(std::string_view method, std::string_view path, std::string_view body,
                        std::vector<http::Header> headers = {}) const {
    http::Request request;
    request.method = method;
    request.path = path;
    request.body = body;
    request.headers = std::move(headers);
    request.peer = "127.0.0.1:1";
    return request;
  }
  http::Response send(http::Request& request) const {
    http::Router::Match match = router.match(request.method, request.path);
    if (match.route == nullptr)
      return error_page(match.path_known ? 405 : 404, "", request).value_or(http::text(404, ""));
    request.captures = std::move(match.captures);
    return match.route->handler(request);
  }
  Answer call(std::string_view method, std::string_view path, std::string_view body = "",
              std::vector<http::Header> headers = {}) const {
    http::Request asked = request(method, path, body, std::move(headers));
    return plain(send(asked));
  }
  Answer get(std::string_view path) const { return call("GET", path); }
  Answer infer(std::string_view model, std::string_view body, std::vector<http::Header> headers = {}) const {
    return call("POST", cat("/v2/models/", model, "/infer"), body, std::move(headers));
  }
  // JSON, then bytes.
  Answer infer_binary(std::string_view model, std::string_view json, std::string_view bytes) const {
    return infer(model, cat(json, bytes), {{"Inference-Header-Content-Length", cat(json.size())}});
  }

  Models service;
  Oip oip;
  http::Router router;
};

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

template <class T>
std::vector<T> values_of(std::string_view bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
}

// Elements as BYTES has them.
inline std::string texts_of(const std::vector<std::string>& texts) {
  std::string bytes;
  for (const std::string& text : texts)
    bytes += bytes_of<uint32_t>({static_cast<uint32_t>(text.size())}) + text;
  return bytes;
}

}  // namespace oree::oip::testing
