// Files by digest, TUF's metadata and targets, and the shape that scripts of brief 002 ask for.
#include <algorithm>

#include "base/text.h"
#include "nodes/hub/door/names.h"
#include "nodes/hub/parts.h"
#include "platform/http/ends/asker.h"

namespace oree::hub {
namespace {

using http::Request;
using http::Response;

// "bytes=N-", "bytes=N-M" and "bytes=-N", the last N (RFC 9110 §14.1.2); anything else is served whole.
struct Range {
  uint64_t first = 0, last = 0;
};
std::optional<Range> parse_range(std::string_view text, uint64_t size) {
  if (!text.starts_with("bytes=")) return std::nullopt;
  text.remove_prefix(6);
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = parse_number<uint64_t>(text.substr(0, dash));
  const auto last = parse_number<uint64_t>(text.substr(dash + 1));
  const uint64_t end = size == 0 ? 0 : size - 1;
  if (dash == 0)
    return last ? std::optional(Range{*last == 0 ? size : size - std::min(*last, size), end}) : std::nullopt;
  if (first && text.size() == dash + 1) return Range{*first, end};
  if (!first || !last || *last < *first) return std::nullopt;
  return Range{*first, std::min(*last, end)};
}

}  // namespace

Response serve_blob(const Request& request, const Mapped& blob, const std::string& etag) {
  Response response;
  response.with("ETag", etag).with("Accept-Ranges", "bytes").with("Content-Type", "application/octet-stream");
  response.keep = blob.keep;
  response.borrowed = blob.bytes;
  const uint64_t size = blob.bytes.size();
  const auto range = parse_range(request.header("Range"), size);
  const auto if_range = request.header("If-Range");
  if (!range || (!if_range.empty() && if_range != etag)) return response;
  if (range->first >= size) {
    Response past = to_response(Refusal{416, "range", cat("the file has ", size, " bytes")});
    return past.with("Content-Range", cat("bytes */", size));
  }
  response.status = 206;
  response.with("Content-Range", cat("bytes ", range->first, "-", range->last, "/", size));
  response.borrowed = blob.bytes.subspan(range->first, range->last - range->first + 1);
  return response;
}

namespace {

Response blob(const Request& request, Parts& parts) {
  const auto name = request.capture("digest");
  const bool has_token = parts.access.is_good(http::bearer_of(request));
  if (!has_token) {
    if (const auto person = person_for(request, parts, Role::operator_); !person)
      return to_response(
          Refusal{401, "access", "this file is asked for with the newest sync's access token"});
  }
  if (!is_digest(name)) return to_response(Refusal{404, "not_found", "files are called sha256:HEX"});
  const auto loaded = parts.packages.blobs().load(*crypto::parse_digest(name.substr(7)));
  if (!loaded) return to_response(loaded.error());
  return serve_blob(request, *loaded, cat("\"", name, "\""));
}

Response put_blob(const Request& request, Parts& parts) {
  const auto person = person_for(request, parts, Role::engineer);
  if (!person) return to_response(person.error());
  const auto name = request.capture("digest");
  if (!is_digest(name)) return to_response(Refusal{400, "invalid", "files are called sha256:HEX"});
  const auto kept =
      parts.packages.blobs().store(*crypto::parse_digest(name.substr(7)), as_bytes(request.body));
  if (!kept && kept.error().kind == ErrorKind::corrupt)  // on its way here, not on this disk
    return to_response(Refusal{400, "digest", kept.error().what});
  return kept ? http::json(201, "{}") : to_response(kept.error());
}

Response tuf_file(Result<ByteBuffer> bytes) {
  if (!bytes) return to_response(bytes.error());
  Response response = http::json(200, std::string(as_text(*bytes)));
  return response.with("Cache-Control", "no-cache");
}

Response latest(const Request& request, Parts& parts) {
  const auto name = request.capture("name");
  const auto hardware = request.parameter("device_type").value_or("");
  const auto package = parts.packages.latest(name, hardware, parts.fleet.bad());
  if (!package) return http::json(404, R"({"error":"Model not found or incompatible"})");
  const auto& files = package->index.files;
  auto model = std::ranges::max_element(files, {}, [](const auto& file) {
    return std::pair(file.path.ends_with(".onnx") || file.path.ends_with(".tflite"), file.bytes);
  });
  if (model == files.end()) return http::json(404, R"({"error":"Model not found or incompatible"})");
  json::Array devices;
  for (const auto& one : package->index.hardware) devices.emplace_back(one);
  return http::json(200, json::print(json::Object{{"version", package->index.version},
                                                  {"url", cat(parts.settings.scheme(), request.header("Host"),
                                                              "/blobs/sha256:", model->digest.hex())},
                                                  {"checksum", model->digest.hex()},
                                                  {"compatible_devices", std::move(devices)}}));
}

}  // namespace

void mount_files(http::Router& router, Parts& parts) {
  router.add({"GET", "/blobs/{digest}", "files", "A file of a package, with Range.",
              [&](const Request& request) { return blob(request, parts); }});
  router.add({"PUT", "/blobs/{digest}", "files", "Brings a file before the package that names it.",
              [&](const Request& request) { return put_blob(request, parts); }});
  router.add({"GET", "/tuf/metadata/{name}", "files", "TUF metadata.", [&](const Request& request) {
                return tuf_file(parts.vouching.metadata(std::string(request.capture("name"))));
              }});
  router.add({"GET", "/tuf/targets/{path...}", "files", "TUF targets: the indexes of packages.",
              [&](const Request& request) {
                return tuf_file(parts.vouching.target(std::string(request.capture("path"))));
              }});
  router.add({"GET",
              "/model/{name}/latest",
              "files",
              "The newest version for a kind of device.",
              [&](const Request& request) { return latest(request, parts); },
              false,
              {{"device_type", "hardware class"}}});
}

}  // namespace oree::hub
