#include "services/serving/dialects/custom_vision.h"

#include <memory>

#include "base/text.h"
#include "platform/http/client.h"
#include "platform/json/value.h"
#include "services/serving/dialects/custom_vision_body.h"

namespace oree::serving {

namespace {

using http::Request;
using http::Response;

constexpr std::string_view kLegacyFailure = "Error processing image";

Response error_answer(const Error& error) {
  json::Value body;
  body.set("error", error.what);
  return http::json(facts(error.kind).http_status, json::print(body));
}

bool is_multipart(const Request& request) {
  return lower(request.header("Content-Type")).starts_with("multipart/");
}

// The picture's bytes, wherever the client put them; views into the request.
Result<ByteView> picture_of(const Request& request) {
  ByteView bytes = as_bytes(request.body);
  if (is_multipart(request)) {
    const auto parts = http::parse_multipart(request.header("Content-Type"), request.body);
    if (!parts) return forward(parts);
    bytes = {};
    for (const http::Part& part : *parts) {
      if (part.name == "imageData") bytes = part.data;
    }
    if (bytes.empty())
      return fail(ErrorKind::invalid, "the form has no part 'imageData' with a picture in it");
  }
  if (bytes.empty()) return fail(ErrorKind::invalid, "the body is empty; send a JPEG or PNG picture");
  return bytes;
}

Result<std::string> address_of(const Request& request) {
  const Result<json::Value> body = json::parse(request.body);
  if (!body) return forward(body, "the body must be {\"url\": \"http://…\"}");
  for (const std::string_view key : {"url", "Url"}) {
    const json::Value* address = body->find(key);
    if (address != nullptr && address->text() != nullptr) return *address->text();
  }
  return fail(ErrorKind::invalid, "the body has no 'url'");
}

class Dialect {
 public:
  explicit Dialect(CustomVision setup) : setup_(std::move(setup)) {}

  Response image(const Request& request) const {
    const Result<ByteView> picture = picture_of(request);
    const Result<std::string> body = picture ? answer(*picture) : forward(picture);
    if (body) return http::json(200, *body);
    return setup_.legacy_errors ? http::text(500, kLegacyFailure) : error_answer(body.error());
  }

  Response url(const Request& request) const {
    const Result<std::string> body = answer_for_address(request);
    if (body) return http::json(200, *body);
    return setup_.legacy_errors ? http::text(200, kLegacyFailure) : error_answer(body.error());
  }

 private:
  Result<std::string> answer_for_address(const Request& request) const {
    if (!setup_.fetch) return fail(ErrorKind::unsupported, "fetching pictures by address is switched off");
    const Result<std::string> address = address_of(request);
    if (!address) return forward(address);
    const Result<std::string> fetched = setup_.fetch(*address);
    if (!fetched) return forward(fetched);
    return answer(as_bytes(*fetched));
  }

  Result<std::string> answer(ByteView picture) const {
    const Result<image::Image> image = image::decode(picture, setup_.limits);
    if (!image) return forward(image);
    const auto predictor = setup_.models->find(setup_.model(), "");
    if (!predictor) return forward(predictor);
    const Result<inference::Prediction> prediction = (*predictor)->predict(image->view(), nullptr);
    if (!prediction) return forward(prediction);
    return custom_vision_body(*prediction, setup_.clock->wall(), image->width(), image->height());
  }

  CustomVision setup_;
};

}  // namespace

FetchPicture fetch_over_http() {
  return [client = std::make_shared<http::Client>()](std::string_view address) -> Result<std::string> {
    const Result<http::Url> url = http::parse_url(address);
    if (!url) return forward(url);
    http::CallOptions options;
    options.deadline = milliseconds(10'000);
    Result<Response> response = client->call("GET", *url, {}, "", options);
    if (!response) return forward(response, address);
    if (response->status != 200) {
      return fail(ErrorKind::unavailable, cat(address, " answered ", response->status));
    }
    return std::move(response->body);
  };
}

void mount_custom_vision(http::Router& router, CustomVision setup) {
  using Handle = Response (Dialect::*)(const Request&) const;
  struct Source {
    std::string_view word, what;
    Handle handle;
  };
  static constexpr Source kSources[] = {
      {"image", "Classifies or detects in the picture sent.", &Dialect::image},
      {"url", "Classifies or detects in the picture at an address.", &Dialect::url},
  };
  static constexpr std::string_view kPrefixes[] = {
      "/",
      "/{project}/",
      "/{project}/classify/iterations/{iteration}/",
      "/{project}/detect/iterations/{iteration}/",
  };
  const auto dialect = std::make_shared<const Dialect>(std::move(setup));
  for (const Source& source : kSources) {
    const auto handler = [dialect, handle = source.handle](const Request& request) {
      return ((*dialect).*handle)(request);
    };
    for (const std::string_view prefix : kPrefixes) {
      router.add({"POST", cat(prefix, source.word), "custom-vision", std::string(source.what), handler});
      if (prefix == "/") continue;
      router.add(
          {"POST", cat(prefix, source.word, "/nostore"), "custom-vision", std::string(source.what), handler});
    }
  }
}

http::Response custom_vision_greeting() {
  return http::text(200, "CustomVision.ai model host harness");
}

}  // namespace oree::serving
