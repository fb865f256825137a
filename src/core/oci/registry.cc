// Requests, whom we say we are, manifests. Blobs are in upload.cc and download.cc.
#include "core/oci/registry.h"

#include <algorithm>
#include <thread>

#include "base/text.h"
#include "core/oci/answers.h"
#include "platform/json/value.h"

namespace oree::oci {
namespace {

constexpr uint64_t kLeastPiece = 256u << 10;
constexpr uint64_t kMaxWhole = 512u << 20;  // of an answer by a registry that knows no pieces

bool same_place(const http::Url& a, const http::Url& b) {
  return a.host == b.host && a.port == b.port && a.tls == b.tls;
}

bool may_pass(const Result<http::Response>& answer) {
  if (answer) return answer->status != 429 && answer->status < 500;
  return !facts(answer.error().kind).retry;
}

std::string first_words(const http::Response& response) {
  const auto tree = json::parse(std::string_view(response.body).substr(0, 64 << 10));
  const json::Value* errors = tree ? tree->find("errors") : nullptr;
  if (errors == nullptr || errors->array() == nullptr || errors->array()->empty()) return "";
  const json::Value& first = errors->array()->front();
  const json::Value* code = first.find("code");
  const json::Value* message = first.find("message");
  std::string out;
  if (code != nullptr && code->text() != nullptr) out += cat(", ", *code->text());
  if (message != nullptr && message->text() != nullptr) out += cat(": ", *message->text());
  return out.substr(0, 300);
}

}  // namespace

std::string header_of(const http::Response& response, std::string_view name) {
  const auto found = std::ranges::find_if(response.headers,
                                          [&](const http::Header& one) { return iequals(one.first, name); });
  return found == response.headers.end() ? "" : found->second;
}

Error error_of(const http::Response& response, std::string_view what) {
  const int status = response.status;
  const ErrorKind kind = status == 401 || status == 403   ? ErrorKind::denied
                         : status == 404                  ? ErrorKind::not_found
                         : status == 429                  ? ErrorKind::busy
                         : status == 413                  ? ErrorKind::invalid
                         : status == 405 || status == 415 ? ErrorKind::unsupported
                         : status >= 500                  ? ErrorKind::unavailable
                                                          : ErrorKind::invalid;
  const std::string fix = status == 401 ? "; name your credentials" : "";
  return {kind, cat(what, ": the registry answers ", status, first_words(response), fix)};
}

Registry::Registry(http::Url address, Credentials credentials, RegistryOptions options)
    : address_(std::move(address)),
      credentials_(std::move(credentials)),
      options_(std::move(options)),
      piece_bytes_(options_.piece_bytes) {}

void Registry::note_piece(bool arrived) {
  const uint64_t least = std::min(kLeastPiece, options_.piece_bytes);
  piece_bytes_ =
      arrived ? std::min(piece_bytes_ * 2, options_.piece_bytes) : std::max(piece_bytes_ / 2, least);
}

http::Url Registry::at(const std::string& target) const {
  http::Url url = address_;
  url.target = target;
  return url;
}

void Registry::wait(int attempt) const {
  const milliseconds pause(std::min(200 << std::min(attempt, 8), 20'000));
  if (options_.pause) {
    options_.pause(pause);
  } else {
    std::this_thread::sleep_for(pause);
  }
}

// 401: does what the registry asks for, so that the next request may pass.
Status Registry::introduce(const http::Response& refusal, const std::string& name) {
  const auto challenge = parse_challenge(header_of(refusal, "WWW-Authenticate"));
  if (!challenge) return std::unexpected(error_of(refusal, name));
  const bool known = !credentials_.user.empty();
  if (!challenge->bearer) {
    if (!known) return std::unexpected(error_of(refusal, name));
    authorization_[name] = basic(credentials_);
    return {};
  }
  const auto address = token_address(*challenge, address_.host, known);
  if (!address) return forward(address);
  const auto url = http::parse_url(*address);
  if (!url) return forward(url, "the registry's token service");
  std::vector<http::Header> headers;
  if (known) headers.emplace_back("Authorization", basic(credentials_));
  const auto answer =
      client_.call("GET", *url, headers, "",
                   {.deadline = options_.deadline, .max_body_bytes = 1 << 20, .ca_file = options_.ca_file});
  if (!answer) return forward(answer, "the registry's token service");
  if (answer->status != 200) return std::unexpected(error_of(*answer, "the token service"));
  const auto token = parse_token(answer->body);
  if (!token) return forward(token);
  authorization_[name] = cat("Bearer ", *token);
  return {};
}

Result<http::Response> Registry::call(std::string_view method, const http::Url& url,
                                      std::vector<http::Header> headers, std::string_view body,
                                      const std::string& name) {
  const http::CallOptions options{.deadline = options_.deadline,
                                  .max_body_bytes = std::max(kMaxWhole, options_.piece_bytes),
                                  .max_redirects = method == "GET" || method == "HEAD" ? 5u : 0u,
                                  .ca_file = options_.ca_file};
  for (int turn = 0;; ++turn) {
    std::vector<http::Header> all = headers;
    // An upload may lead to another box; what this one may know, that one may not.
    const auto known = authorization_.find(name);
    if (known != authorization_.end() && same_place(url, address_))
      all.emplace_back("Authorization", known->second);
    auto answer = client_.call(method, url, all, body, options);
    if (!answer || answer->status != 401 || turn == 1 || !same_place(url, address_)) return answer;
    if (auto introduced = introduce(*answer, name); !introduced) return forward(introduced);
  }
}

Result<http::Response> Registry::ask(std::string_view method, const http::Url& url,
                                     const std::vector<http::Header>& headers, std::string_view body,
                                     const std::string& name) {
  for (int attempt = 1;; ++attempt) {
    auto answer = call(method, url, headers, body, name);
    if (may_pass(answer) || attempt >= options_.tries) return answer;
    wait(attempt);
  }
}

Result<Fetched> Registry::manifest(const std::string& name, const std::string& object) {
  const std::vector<http::Header> accept{{"Accept", cat(kManifestType, ", ", kIndexType)}};
  const auto answer = ask("GET", at(cat("/v2/", name, "/manifests/", object)), accept, "", name);
  if (!answer) return forward(answer);
  if (answer->status != 200) return std::unexpected(error_of(*answer, cat(name, ":", object)));
  if (answer->body.size() > kMaxManifest)
    return fail(ErrorKind::invalid, cat(name, ": a manifest of more than 4 MiB"));
  Fetched out{answer->body, header_of(*answer, "Content-Type"), crypto::sha256(as_bytes(answer->body))};
  const std::string digest = digest_text(out.digest), said = header_of(*answer, "Docker-Content-Digest");
  if ((object.contains(':') && object != digest) || (said.starts_with("sha256:") && said != digest))
    return fail(ErrorKind::corrupt, cat(name, "@", object, ": what the registry sent is ", digest));
  return out;
}

Result<bool> Registry::put_manifest(const std::string& name, const std::string& object, std::string_view text,
                                    std::string_view type) {
  const std::vector<http::Header> headers{{"Content-Type", std::string(type)}};
  const auto answer = ask("PUT", at(cat("/v2/", name, "/manifests/", object)), headers, text, name);
  if (!answer) return forward(answer);
  if (answer->status != 201) return std::unexpected(error_of(*answer, cat(name, ":", object)));
  return !header_of(*answer, "OCI-Subject").empty();
}

Result<std::vector<std::string>> Registry::tags(const std::string& name) {
  const auto answer = ask("GET", at(cat("/v2/", name, "/tags/list")), {}, "", name);
  if (!answer) return forward(answer);
  if (answer->status != 200) return std::unexpected(error_of(*answer, name));
  const auto tree = json::parse(answer->body);
  if (!tree) return forward(tree, cat(name, ": tags"));
  const json::Value* list = tree->find("tags");
  std::vector<std::string> out;
  if (list == nullptr || list->array() == nullptr) return out;
  for (const json::Value& one : *list->array()) {
    if (one.text() != nullptr) out.push_back(*one.text());
  }
  return out;
}

Result<Descriptor> Registry::attach(const std::string& name, const Manifest& manifest) {
  if (!manifest.subject) return fail(ErrorKind::bug, "attached to nothing");
  const std::string text = print(manifest);
  const Descriptor own{std::string(kManifestType), crypto::sha256(as_bytes(text)), text.size(),
                       manifest.artifact_type, manifest.annotations};
  const auto tracked = put_manifest(name, digest_text(own.digest), text, kManifestType);
  if (!tracked) return forward(tracked);
  if (*tracked) return own;
  const std::string tag = cat("sha256-", manifest.subject->digest.hex());
  Index index;
  const auto there = this->manifest(name, tag);
  if (there) {
    auto known = parse_index(there->text);
    if (!known) return forward(known, cat(name, ":", tag));
    index = std::move(*known);
  } else if (there.error().kind != ErrorKind::not_found) {
    return forward(there);
  }
  if (std::ranges::find(index.manifests, own.digest, &Descriptor::digest) != index.manifests.end())
    return own;
  index.manifests.push_back(own);
  const auto put = put_manifest(name, tag, print(index), kIndexType);
  if (!put) return forward(put);
  return own;
}

Result<std::vector<Descriptor>> Registry::referrers(const std::string& name, const crypto::Digest& subject,
                                                    std::string_view artifact_type) {
  const std::vector<http::Header> accept{{"Accept", std::string(kIndexType)}};
  auto answer = ask("GET", at(cat("/v2/", name, "/referrers/", digest_text(subject))), accept, "", name);
  if (!answer) return forward(answer);
  Result<Index> index = Index{};
  if (answer->status == 200) {
    index = parse_index(answer->body);
  } else if (answer->status == 401 || answer->status == 403) {
    return std::unexpected(error_of(*answer, name));
  } else if (const auto there = manifest(name, cat("sha256-", subject.hex())); there) {
    index = parse_index(there->text);
  } else if (there.error().kind != ErrorKind::not_found) {
    return forward(there);
  }
  if (!index) return forward(index, cat(name, ": referrers"));
  std::erase_if(index->manifests, [&](const Descriptor& one) {
    return !artifact_type.empty() && one.artifact_type != artifact_type;
  });
  return std::move(index->manifests);
}

}  // namespace oree::oci
