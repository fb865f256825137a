// /v2/…: the hub as a registry, as the OCI distribution specification 1.1 has it. Whoever may look may pull,
// engineers push; a published package is there under its name and version without having been pushed.
#include <algorithm>

#include "base/text.h"
#include "core/oci/registry_path.h"
#include "nodes/hub/door/names.h"
#include "nodes/hub/parts.h"
#include "platform/http/ends/asker.h"

namespace oree::hub {
namespace {

using http::Request;
using http::Response;
using json::Object;

constexpr std::string_view kIndexType = "application/vnd.oci.image.index.v1+json";

Response refuse(int status, std::string_view code, std::string_view what) {
  return http::json(status,
                    json::print(Object{{"errors", json::Array{Object{{"code", code}, {"message", what}}}}}));
}

Response refuse(const Error& error, std::string_view unknown) {
  switch (error.kind) {
    case ErrorKind::not_found:
      return refuse(404, unknown, error.what);
    case ErrorKind::conflict:
      return refuse(416, "BLOB_UPLOAD_INVALID", error.what);
    case ErrorKind::corrupt:
      return refuse(400, "DIGEST_INVALID", error.what);
    case ErrorKind::invalid:
      return refuse(400, "MANIFEST_INVALID", error.what);
    case ErrorKind::busy:
      return refuse(429, "TOOMANYREQUESTS", error.what);
    default:
      return refuse(facts(error.kind).http_status, "UNKNOWN", error.what);
  }
}

// Clients of registries give a password, here a person's token or a station's access token, with any name.
Request with_token(const Request& request) {
  Request out{.method = request.method,
              .path = request.path,
              .query = {},
              .headers = request.headers,
              .body = {},
              .peer = request.peer};
  const std::string_view given = request.header("Authorization");
  if (given.size() < 6 || !iequals(given.substr(0, 6), "Basic ")) return out;
  const auto decoded = crypto::from_base64(given.substr(6));
  const std::string text = decoded ? std::string(as_text(*decoded)) : "";
  const size_t colon = text.find(':');
  const std::string password = colon == std::string::npos ? "" : text.substr(colon + 1);
  std::erase_if(out.headers, [](const auto& header) { return iequals(header.first, "Authorization"); });
  if (!password.empty()) out.headers.emplace_back("Authorization", cat("Bearer ", password));
  return out;
}

// Who asks, or the answer that says no.
std::expected<std::string, Response> whoever(const Request& request, Parts& parts, Role least) {
  const Request asked = with_token(request);
  if (least == Role::operator_ && parts.access.is_good(http::bearer_of(asked))) return "a station";
  const auto person = person_for(asked, parts, least);
  if (person) return person->name;
  const bool unknown = person.error().status == 401;
  Response no = refuse(person.error().status, unknown ? "UNAUTHORIZED" : "DENIED", person.error().what);
  if (unknown) no.with("WWW-Authenticate", cat("Basic realm=\"", parts.settings.hub, "\""));
  return std::unexpected(std::move(no));
}

Response with_digest(Response response, const std::string& digest) {
  response.with("Docker-Content-Digest", digest);
  return response;
}

Response no_digest(std::string_view what) {
  return refuse(400, "DIGEST_INVALID", cat(what, " must be ", oci::kDigestForms));
}

Response get_blob(const Request& request, const oci::RegistryPath& path, Parts& parts) {
  const auto digest = oci::parse_content_digest(path.reference);
  if (!digest) return no_digest("a blob's name");
  const auto here = parts.artefacts.blob(*digest);
  if (!here) return refuse(here.error(), "BLOB_UNKNOWN");
  const auto loaded = parts.packages.blobs().load(*here);
  if (!loaded) return refuse(loaded.error(), "BLOB_UNKNOWN");
  return with_digest(serve_blob(request, *loaded, cat("\"", path.reference, "\"")), path.reference);
}

Response get_manifest(const oci::RegistryPath& path, Parts& parts) {
  const auto found = parts.artefacts.find(path.name, path.reference);
  if (!found) return refuse(found.error(), "MANIFEST_UNKNOWN");
  Response response = http::text(200, found->document);
  std::erase_if(response.headers, [](const auto& header) { return iequals(header.first, "Content-Type"); });
  response.with("Content-Type", found->media_type).with("ETag", cat("\"", found->digest, "\""));
  return with_digest(std::move(response), found->digest);
}

// At most `n` of the names after `last`; whether more follow.
bool cut(std::vector<std::string>& names, const Request& request) {
  if (const auto last = request.parameter("last"))
    std::erase_if(names, [&](const std::string& name) { return name <= *last; });
  const auto most = parse_number<size_t>(request.parameter("n").value_or(""));
  if (!most || names.size() <= *most) return false;
  names.resize(*most);
  return *most > 0;
}

Response list(const Request& request, Result<std::vector<std::string>> names, std::string_view key,
              Object out, std::string_view unknown) {
  if (!names) return refuse(names.error(), unknown);
  const bool more = cut(*names, request);
  json::Array values;
  for (const auto& name : *names) values.emplace_back(name);
  out.emplace_back(std::string(key), std::move(values));
  Response response = http::json(200, json::print(out));
  if (more)
    response.with("Link",
                  cat("<", request.path, "?n=", names->size(), "&last=", names->back(), ">; rel=\"next\""));
  return response;
}

Response get_referrers(const Request& request, const oci::RegistryPath& path, Parts& parts) {
  if (!oci::parse_content_digest(path.reference)) return no_digest("a manifest's name");
  const auto found = parts.artefacts.referrers(path.name, path.reference);
  if (!found) return refuse(found.error(), "NAME_UNKNOWN");
  const auto wanted = request.parameter("artifactType");
  json::Array manifests;
  for (const auto& one : *found) {
    if (wanted && one.artifact_type != *wanted) continue;
    Object descriptor{{"mediaType", one.media_type},
                      {"digest", one.digest},
                      {"size", one.bytes},
                      {"artifactType", one.artifact_type}};
    if (!one.annotations.is_null()) descriptor.emplace_back("annotations", one.annotations);
    manifests.push_back(std::move(descriptor));
  }
  Response response = http::text(
      200, json::print(
               Object{{"schemaVersion", 2}, {"mediaType", kIndexType}, {"manifests", std::move(manifests)}}));
  std::erase_if(response.headers, [](const auto& header) { return iequals(header.first, "Content-Type"); });
  response.with("Content-Type", kIndexType);
  if (wanted) response.with("OCI-Filters-Applied", "artifactType");
  return response;
}

Response at_upload(int status, const oci::RegistryPath& path, const std::string& id, uint64_t bytes) {
  Response response;
  response.status = status;
  response.with("Location", cat("/v2/", path.name, "/blobs/uploads/", id))
      .with("Range", cat("0-", bytes == 0 ? 0 : bytes - 1))
      .with("Docker-Upload-UUID", id);
  return response;
}

Response created(const oci::RegistryPath& path, std::string_view what, const std::string& digest) {
  Response response;
  response.status = 201;
  response.with("Location", cat("/v2/", path.name, "/", what, "/", digest));
  return with_digest(std::move(response), digest);
}

Response get(const Request& request, Parts& parts) {
  const auto path = oci::parse_registry_path(request.capture("rest"));
  if (auto who = whoever(request, parts, Role::operator_); !who) return who.error();
  if (path.thing == oci::RegistryThing::base) return http::json(200, "{}");
  if (path.thing == oci::RegistryThing::catalog)
    return list(request, parts.artefacts.names(), "repositories", {}, "NAME_UNKNOWN");
  if (path.name.empty()) return refuse(404, "NAME_INVALID", "no repository can be called so");
  switch (path.thing) {
    case oci::RegistryThing::tags:
      return list(request, parts.artefacts.tags(path.name), "tags", {{"name", path.name}}, "NAME_UNKNOWN");
    case oci::RegistryThing::manifest:
      return get_manifest(path, parts);
    case oci::RegistryThing::blob:
      return get_blob(request, path, parts);
    case oci::RegistryThing::referrers:
      return get_referrers(request, path, parts);
    case oci::RegistryThing::upload: {
      const auto size = parts.uploads.size(path.reference);
      return size ? at_upload(204, path, path.reference, *size) : refuse(size.error(), "BLOB_UPLOAD_UNKNOWN");
    }
    default:
      return refuse(404, "UNSUPPORTED", "a registry has nothing there");
  }
}

// The whole blob in one request.
Response take_blob(const Request& request, const oci::RegistryPath& path, Parts& parts,
                   const std::string& text) {
  const auto digest = oci::parse_content_digest(text);
  if (!digest) return no_digest("?digest=");
  const ByteView bytes = as_bytes(request.body);
  if (const auto found = oci::content_digest(digest->algorithm, bytes); found != text)
    return refuse(400, "DIGEST_INVALID", cat("the bytes are ", found, ", not ", text));
  const auto sha256 = crypto::sha256(bytes);
  auto kept = parts.packages.blobs().store(sha256, bytes);
  if (kept) kept = parts.artefacts.also_called(*digest, sha256);
  return kept ? created(path, "blobs", text) : refuse(kept.error(), "BLOB_UNKNOWN");
}

// A new upload; or the whole blob at once, or one that is here already.
Response post(const Request& request, Parts& parts) {
  const auto path = oci::parse_registry_path(request.capture("rest"));
  if (auto who = whoever(request, parts, Role::engineer); !who) return who.error();
  if (path.thing != oci::RegistryThing::uploads) return refuse(405, "UNSUPPORTED", "nothing is posted there");
  if (path.name.empty()) return refuse(400, "NAME_INVALID", "no repository can be called so");
  if (const auto mount = oci::parse_content_digest(request.parameter("mount").value_or(""));
      mount && parts.artefacts.blob(*mount))
    return created(path, "blobs", mount->text);
  if (const auto digest = request.parameter("digest")) return take_blob(request, path, parts, *digest);
  const auto id = parts.uploads.begin();
  return id ? at_upload(202, path, *id, 0) : refuse(id.error(), "BLOB_UPLOAD_UNKNOWN");
}

// A piece: at its place when it says which, else at the end.
Result<uint64_t> take_piece(const Request& request, const oci::RegistryPath& path, Parts& parts) {
  const auto range = oci::parse_content_range(request.header("Content-Range"));
  if (!request.header("Content-Range").empty() &&
      (!range || range->last - range->first + 1 != request.body.size()))
    return fail(ErrorKind::conflict, "Content-Range is not that of the piece");
  return parts.uploads.append(path.reference, range ? std::optional(range->first) : std::nullopt,
                              as_bytes(request.body));
}

Response patch(const Request& request, Parts& parts) {
  const auto path = oci::parse_registry_path(request.capture("rest"));
  if (auto who = whoever(request, parts, Role::engineer); !who) return who.error();
  if (path.thing != oci::RegistryThing::upload) return refuse(405, "UNSUPPORTED", "only uploads take pieces");
  const auto size = take_piece(request, path, parts);
  return size ? at_upload(202, path, path.reference, *size) : refuse(size.error(), "BLOB_UPLOAD_UNKNOWN");
}

Response put_manifest(const Request& request, const oci::RegistryPath& path, const std::string& who,
                      Parts& parts) {
  if (path.name.empty()) return refuse(400, "NAME_INVALID", "no repository can be called so");
  auto kept = parts.artefacts.put(path.name, path.reference, std::string(request.header("Content-Type")),
                                  request.body, oci::tags_of_query(request.query, Artefacts::kMostTags));
  if (!kept) return refuse(kept.error(), "MANIFEST_BLOB_UNKNOWN");
  parts.audit.add(
      "pushed", {{"name", path.name}, {"reference", path.reference}, {"digest", kept->digest}, {"by", who}});
  Response response = created(path, "manifests", kept->digest);
  if (!kept->subject.empty()) response.with("OCI-Subject", kept->subject);
  if (path.reference == kept->digest) {
    for (const auto& tag : kept->tags) response.with("OCI-Tag", tag);
  }
  return response;
}

Response end_blob(const oci::RegistryPath& path, Parts& parts, const oci::ContentDigest& digest) {
  const auto sha256 = parts.uploads.finish(path.reference, digest);
  if (!sha256) return refuse(sha256.error(), "BLOB_UPLOAD_UNKNOWN");
  const auto known = parts.artefacts.also_called(digest, *sha256);
  return known ? created(path, "blobs", digest.text) : refuse(known.error(), "BLOB_UPLOAD_UNKNOWN");
}

Response put(const Request& request, Parts& parts) {
  const auto path = oci::parse_registry_path(request.capture("rest"));
  const auto who = whoever(request, parts, Role::engineer);
  if (!who) return who.error();
  if (path.thing == oci::RegistryThing::manifest) return put_manifest(request, path, *who, parts);
  if (path.thing != oci::RegistryThing::upload) return refuse(405, "UNSUPPORTED", "nothing is put there");
  const auto digest = oci::parse_content_digest(request.parameter("digest").value_or(""));
  if (!digest) return no_digest("?digest=");
  if (!request.body.empty()) {
    if (const auto size = take_piece(request, path, parts); !size)
      return refuse(size.error(), "BLOB_UPLOAD_UNKNOWN");
  }
  return end_blob(path, parts, *digest);
}

Response remove(const Request& request, Parts& parts) {
  const auto path = oci::parse_registry_path(request.capture("rest"));
  const auto who = whoever(request, parts, Role::engineer);
  if (!who) return who.error();
  Response response;
  if (path.thing == oci::RegistryThing::upload) {
    const auto gone = parts.uploads.cancel(path.reference);
    response.status = 204;
    return gone ? response : refuse(gone.error(), "BLOB_UPLOAD_UNKNOWN");
  }
  // Other artefacts, and packages, may hold the same blob.
  if (path.thing != oci::RegistryThing::manifest) return refuse(405, "UNSUPPORTED", "blobs are not deleted");
  const auto gone = parts.artefacts.remove(path.name, path.reference);
  if (!gone) return refuse(gone.error(), "MANIFEST_UNKNOWN");
  parts.audit.add("unpushed", {{"name", path.name}, {"reference", path.reference}, {"by", *who}});
  response.status = 202;
  return response;
}

}  // namespace

void mount_registry(http::Router& router, Parts& parts) {
  const auto add = [&](std::string method, std::string summary, Response (*handler)(const Request&, Parts&)) {
    router.add({std::move(method), "/v2/{rest...}", "registry", std::move(summary),
                [&parts, handler](const Request& request) {
                  Response response = handler(request, parts);
                  response.with("Docker-Distribution-Api-Version", "registry/2.0");
                  return response;
                }});
  };
  add("GET", "Manifests, blobs, tags, referrers: OCI distribution 1.1.", get);
  add("POST", "Begins a blob, or brings it whole.", post);
  add("PATCH", "A piece of a blob.", patch);
  add("PUT", "Ends a blob; brings a manifest.", put);
  add("DELETE", "Takes a tag or a manifest away, or gives an upload up.", remove);
}

}  // namespace oree::hub
