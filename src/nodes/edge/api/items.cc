// /api/v1/items…: what was inspected, found again.
#include "base/ids.h"
#include "base/text.h"
#include "nodes/edge/station/parts.h"
#include "platform/image/image.h"

namespace oree::edge {
namespace {

using http::Request;
using http::Response;

constexpr int kSmallestThumbnail = 32;
constexpr int kLargestThumbnail = 2048;

// Values of a repeated query parameter; http::Request::parameter gives only the first.
std::vector<std::string> parameters(const Request& request, std::string_view name) {
  std::vector<std::string> out;
  for (const auto part : split(request.query, '&')) {
    const size_t equals = part.find('=');
    if (equals == std::string_view::npos || http::percent_decode(part.substr(0, equals), true) != name)
      continue;
    out.push_back(http::percent_decode(part.substr(equals + 1), true));
  }
  return out;
}

Result<std::optional<WallTime>> time_parameter(const Request& request, std::string_view name) {
  const auto text = request.parameter(name);
  if (!text || text->empty()) return std::nullopt;
  const auto time = parse_iso(*text);
  if (!time)
    return fail(ErrorKind::invalid,
                cat("'", name, "' must be a time such as 2026-11-22T19:40:00Z, got '", *text, "'"));
  return time;
}

Result<storage::Query> query_of(const Request& request) {
  storage::Query query;
  for (const std::string name : {"decision", "label", "camera", "config", "model", "trigger"}) {
    for (auto& value : parameters(request, name)) query.attributes.emplace_back(name, std::move(value));
  }
  auto from = time_parameter(request, "from");
  auto to = time_parameter(request, "to");
  if (!from) return forward(from);
  if (!to) return forward(to);
  query.from = *from;
  query.to = *to;
  query.cursor = request.parameter("cursor").value_or("");
  const std::string limit = request.parameter("limit").value_or("100");
  const auto number = parse_number<size_t>(limit);
  if (!number || *number < 1 || *number > 1000) {
    return fail(ErrorKind::invalid, cat("'limit' must be a number from 1 to 1000, got '", limit, "'"));
  }
  query.limit = *number;
  return query;
}

Response list(const Request& request, Parts& parts) {
  const auto query = query_of(request);
  if (!query) return error_response(query.error());
  const auto page = parts.store.list(*query);
  if (!page) return error_response(page.error());
  std::string body = "[";
  for (const auto& item : page->bodies) {
    if (body.size() > 1) body += ',';
    body += item;
  }
  body += ']';
  Response response = http::json(200, std::move(body));
  if (!page->next.empty()) response.with("X-Next-Cursor", page->next);
  return response;
}

// As VIO, an unknown item is a 400, not a 404.
Result<std::string> item_body(const Request& request, Parts& parts) {
  const std::string id(request.capture("id"));
  if (!is_uuid(id)) return fail(ErrorKind::invalid, cat("'", id, "' is no item id"));
  auto body = parts.store.find(id);
  if (!body && body.error().kind == ErrorKind::not_found) {
    return fail(ErrorKind::invalid, cat("No item with id ", id));
  }
  return body;
}

Result<json::Value> item_value(const Request& request, Parts& parts) {
  const auto body = item_body(request, parts);
  if (!body) return forward(body);
  return json::parse(*body);
}

Response state(const Request& request, Parts& parts) {
  const auto item = item_value(request, parts);
  if (!item) return error_response(item.error());
  return http::json(200, json::print(*item->find("state")));
}

Response binaries(const Request& request, Parts& parts) {
  const auto item = item_value(request, parts);
  if (!item) return error_response(item.error());
  json::Array names;
  for (const auto& [camera, picture] : *item->find("binaries")->object()) {
    names.push_back(cat(request.capture("id"), "_", camera, ".jpg"));
  }
  return http::json(200, json::print(names));
}

Response thumbnail(const ByteBuffer& bytes, int longest, const Parts& parts) {
  const auto picture = image::decode(bytes, parts.file.image_limits);
  if (!picture) return error_response(picture.error());
  const auto small = image::shrink(picture->view(), longest);
  if (!small) return error_response(small.error());
  const auto jpeg = image::encode_jpeg(small->view(), 82);
  if (!jpeg) return error_response(jpeg.error());
  Response response;
  response.body = as_text(*jpeg);
  response.with("Content-Type", "image/jpeg");
  return response;
}

Response binary(const Request& request, Parts& parts) {
  const auto item = item_value(request, parts);
  if (!item) return error_response(item.error());
  const std::string_view camera = request.capture("camera");
  const auto* picture = item->find("binaries")->find(camera);
  const auto digest =
      picture != nullptr ? crypto::parse_digest(*picture->find("sha256")->text()) : std::nullopt;
  if (!digest) {
    return error_response({ErrorKind::not_found,
                           cat("item ", request.capture("id"), " has no picture of camera '", camera, "'")});
  }
  const auto bytes = parts.store.blob(*digest);
  if (!bytes) return error_response(bytes.error());
  Response response;
  if (const auto longest = request.parameter("longest")) {
    const auto pixels = parse_number<int>(*longest);
    if (!pixels || *pixels < kSmallestThumbnail || *pixels > kLargestThumbnail) {
      return error_response(
          {ErrorKind::invalid, cat("'longest' must be from 32 to 2048, got '", *longest, "'")});
    }
    response = thumbnail(*bytes, *pixels, parts);
  } else {
    response.body = as_text(*bytes);
    response.with("Content-Type", *picture->find("media_type")->text());
  }
  if (response.status == 200) response.with("Cache-Control", "private, max-age=31536000, immutable");
  // A stored file is shown, never run: it came from outside.
  response.with("X-Content-Type-Options", "nosniff");
  return response;
}

Response labels(Parts& parts) {
  const auto values = parts.store.values("label");
  if (!values) return error_response(values.error());
  json::Array out;
  for (const auto& [label, count] : *values) out.push_back(json::Object{{"label", label}, {"count", count}});
  return http::json(200, json::print(out));
}

}  // namespace

Response error_response(const Error& error) {
  json::Object body{{"error", error.what}, {"detail", error.what}};
  Response response = http::json(facts(error.kind).http_status, json::print(body));
  if (facts(error.kind).retry) response.with("Retry-After", "1");
  return response;
}

void mount_items(http::Router& router, Parts& parts) {
  const auto add = [&](std::string pattern, std::string summary, auto handler,
                       std::vector<http::QueryParameter> query = {}) {
    router.add({"GET", std::move(pattern), "station", std::move(summary),
                [&parts, handler](const Request& request) { return handler(request, parts); }, false,
                std::move(query)});
  };
  add("/api/v1/items", "Items, newest first.", list,
      {{"decision", "OK, KO or NO_DECISION; each filter may be repeated"},
       {"label", "a label that was predicted"},
       {"camera", "a camera's name"},
       {"config", "the configuration that was active"},
       {"model", "a model's name"},
       {"trigger", "what asked for the part"},
       {"from", "not before this time, as 2026-11-22T19:40:00Z"},
       {"to", "before this time"},
       {"limit", "1 to 1000; 100 when absent"},
       {"cursor", "the X-Next-Cursor of the page before"}});
  add("/api/v1/items/{id}", "One item in full.", [](const Request& request, Parts& p) {
    auto body = item_body(request, p);
    return body ? http::json(200, std::move(*body)) : error_response(body.error());
  });
  add("/api/v1/items/{id}/state", "How far the item has come.", state);
  add("/api/v1/items/{id}/binaries", "Names of the item's pictures.", binaries);
  add("/api/v1/items/{id}/binaries/{camera}", "One picture.", binary,
      {{"longest", "pixels of the longer side, for a thumbnail"}});
  add("/api/v1/labels", "Labels seen in stored items, with how often.",
      [](const Request&, Parts& p) { return labels(p); });
}

}  // namespace oree::edge
