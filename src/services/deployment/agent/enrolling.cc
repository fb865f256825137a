#include "services/deployment/agent/enrolling.h"

#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/crypto/ecdsa.h"
#include "platform/json/value.h"

namespace oree::deployment {
namespace {

constexpr uint64_t kMaxPem = 256 << 10;

std::string text_in(const json::Value& root, std::string_view key) {
  const json::Value* value = root.find(key);
  return value != nullptr && value->text() != nullptr ? *value->text() : std::string();
}

// The certificate's key says that this station's key belongs to it.
Result<std::string> prove(std::string_view pem, const std::string& statement, const std::string& file) {
  if (const auto ec = crypto::EcSigningKey::from_pem(pem))
    return crypto::base64(ec->sign(as_bytes(statement)));
  if (const auto ed = crypto::SigningKey::from_pem(pem)) return crypto::base64(ed->sign(as_bytes(statement)));
  return fail(ErrorKind::invalid,
              cat(file, ": must be a private key on P-256 or Ed25519, in PEM, without a passphrase"));
}

Status add_certificate(const FleetSettings& settings, const std::string& station, const std::string& key,
                       json::Object& body) {
  files::RealDisk disk;
  const auto certificate = disk.read(settings.certificate, kMaxPem);
  if (!certificate) return forward(certificate);
  const auto secret = disk.read(settings.certificate_key, kMaxPem);
  if (!secret) return forward(secret);
  const auto proof = prove(as_text(*secret), cat("oree/enrol/v1\n", station, "\n", key, "\n"),
                           settings.certificate_key.string());
  if (!proof) return forward(proof);
  body.emplace_back("certificate", as_text(*certificate));
  body.emplace_back("proof", *proof);
  return {};
}

}  // namespace

std::string_view root_of_token(std::string_view token) {
  const auto parts = split(token, '.');
  return parts.size() == 3 ? parts[2] : std::string_view();
}

Result<std::string> enrolment_text(const FleetSettings& settings, const Identity& identity,
                                   const std::string& station, const std::string& hardware,
                                   const std::string& software) {
  json::Array tags;
  for (const auto& tag : settings.tags) tags.push_back(tag);
  const std::string key = identity.key().public_key().base64();
  json::Object body{{"name", station},
                    {"key", key},
                    {"hardware", hardware},
                    {"software", software},
                    {"tags", std::move(tags)}};
  if (!settings.token.empty()) {
    body.emplace_back("token", split(settings.token, '.')[1]);
  } else if (auto added = add_certificate(settings, station, key, body); !added) {
    return forward(added);
  }
  return json::print(body);
}

Result<Enrolled> parse_enrolled(std::string_view text) {
  const auto root = json::parse(text);
  if (!root) return forward(root, "the hub's answer to enrolment");
  Enrolled enrolled{
      .enrolment = {text_in(*root, "device"), text_in(*root, "hub"), text_in(*root, "hub_key")}};
  auto bytes = crypto::from_base64(text_in(*root, "root"));
  if (enrolled.enrolment.device.empty() || !bytes || bytes->empty()) {
    return fail(ErrorKind::invalid,
                "the hub's answer to enrolment must hold 'device' and, in base64, 'root'");
  }
  enrolled.root = std::move(*bytes);
  const json::Value* counter = root->find("counter");
  const auto number = counter != nullptr ? counter->integer() : std::nullopt;
  if (number && *number > 0) enrolled.counter = static_cast<uint64_t>(*number);
  return enrolled;
}

}  // namespace oree::deployment
