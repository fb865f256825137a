#include "nodes/hub/door/station_call.h"

#include "base/text.h"
#include "nodes/hub/door/names.h"

namespace oree::hub {
namespace {

constexpr size_t kMostTags = 32;

std::unexpected<Refusal> refuse(int status, std::string_view code, std::string what) {
  return std::unexpected(Refusal{status, std::string(code), std::move(what)});
}

std::string text_of(const json::Value& body, std::string_view key) {
  const auto* value = body.find(key);
  return value != nullptr && value->text() != nullptr ? *value->text() : "";
}

std::unexpected<Refusal> malformed(std::string what) {
  return refuse(400, "invalid", cat("the enrolment: ", what));
}

Outcome<std::vector<std::string>> read_tags(const json::Value& body) {
  std::vector<std::string> tags;
  const auto* list = body.find("tags");
  if (list == nullptr) return tags;
  if (list->array() == nullptr || list->array()->size() > kMostTags)
    return malformed(cat("'tags' must be a list of at most ", kMostTags));
  for (const auto& tag : *list->array()) {
    if (tag.text() == nullptr || !is_tag(*tag.text()))
      return malformed("each of 'tags' must be a word or key=value, at most 64 bytes");
    tags.push_back(*tag.text());
  }
  return tags;
}

}  // namespace

Outcome<StationCall> read_call(const http::Request& request) {
  const auto counter = parse_number<uint64_t>(request.header("Oree-Counter"));
  auto signature = crypto::from_base64(request.header("Oree-Signature"));
  if (!counter || *counter == 0 || *counter > (uint64_t{1} << 62) || !signature)
    return refuse(401, "signature", "the call needs the headers Oree-Counter and Oree-Signature");
  return StationCall{*counter, *std::move(signature)};
}

std::string signed_text(std::string_view path, uint64_t counter, std::string_view body) {
  return cat("oree/station/v1\nPOST ", path, "\n", counter, "\n", crypto::sha256(as_bytes(body)).hex(), "\n");
}

bool is_signed_by(const crypto::PublicKey& key, const http::Request& request, const StationCall& call) {
  return crypto::verify(key, as_bytes(signed_text(request.path, call.counter, request.body)), call.signature);
}

Outcome<Enrolment> read_enrolment(const http::Request& request) {
  const auto body = json::parse(request.body);
  if (!body || body->object() == nullptr) return malformed("must be a JSON object");
  Enrolment enrolment;
  enrolment.name = text_of(*body, "name");
  if (!is_name(enrolment.name)) return malformed(cat("'name' ", kNameRule));
  const std::string key = text_of(*body, "key");
  const auto raw = crypto::from_base64(key);
  if (!raw || raw->size() != enrolment.key.bytes.size())
    return malformed("'key' must be base64 of the 32 bytes of an Ed25519 key");
  std::copy(raw->begin(), raw->end(), enrolment.key.bytes.begin());
  enrolment.hardware = text_of(*body, "hardware");
  if (!is_name(enrolment.hardware)) return malformed(cat("'hardware' ", kNameRule));
  enrolment.software = text_of(*body, "software").substr(0, 64);
  auto tags = read_tags(*body);
  if (!tags) return std::unexpected(tags.error());
  enrolment.tags = *std::move(tags);
  enrolment.secret = text_of(*body, "token");
  enrolment.certificate = text_of(*body, "certificate");
  if (enrolment.secret.empty() == enrolment.certificate.empty() || enrolment.secret.size() > 200)
    return malformed("needs 'token', or 'certificate' with 'proof'");
  if (auto proof = crypto::from_base64(text_of(*body, "proof"))) enrolment.proof = *std::move(proof);
  const auto signature = crypto::from_base64(request.header("Oree-Signature"));
  if (!signature || !crypto::verify(enrolment.key, as_bytes(request.body), *signature))
    return refuse(403, "denied", "Oree-Signature is not of 'key' over this body");
  return enrolment;
}

Outcome<std::string> check_certificate(const Enrolment& enrolment,
                                       const std::vector<crypto::Certificate>& roots, WallTime now) {
  if (roots.empty())
    return refuse(401, "denied", "this hub takes no certificates: 'enrolment.authorities' names nobody");
  const auto chain = crypto::Certificate::from_pem(enrolment.certificate);
  if (!chain) return malformed(cat("'certificate': ", chain.error().what));
  const auto& leaf = chain->front();
  const std::vector<crypto::Certificate> between(chain->begin() + 1, chain->end());
  if (auto leads = crypto::verify_chain(leaf, between, roots, now); !leads)
    return refuse(401, "denied", cat("the certificate leads nowhere: ", leads.error().what));
  const auto name = leaf.holder();
  if (!name) return refuse(403, "denied", name.error().what);
  if (*name != enrolment.name) {
    return refuse(403, "denied", cat("the certificate is of '", *name, "', not of '", enrolment.name, "'"));
  }
  const auto key = leaf.public_key();
  if (!key) return refuse(403, "denied", cat("the certificate's key: ", key.error().what));
  const std::string text = cat("oree/enrol/v1\n", enrolment.name, "\n", enrolment.key.base64(), "\n");
  if (!key->verify(as_bytes(text), enrolment.proof))
    return refuse(403, "denied", "'proof' is not of the certificate's key");
  return cat("certificate ", leaf.subject());
}

}  // namespace oree::hub
