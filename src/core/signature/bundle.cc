#include "core/signature/bundle.h"

#include "base/text.h"
#include "core/signature/statement.h"
#include "platform/json/value.h"

namespace oree::signature {
namespace {

constexpr std::string_view kMediaType = "application/vnd.dev.sigstore.bundle.v0.3+json";
constexpr size_t kMaxBundleBytes = 96u << 20, kMostCertificates = 16;

std::unexpected<Error> wrong(std::string_view what) {
  return fail(ErrorKind::invalid, cat("the signature's bundle: ", what));
}

const std::string* text_at(const json::Value& object, std::string_view key) {
  const json::Value* found = object.find(key);
  return found == nullptr ? nullptr : found->text();
}

Result<ByteBuffer> bytes_at(const json::Value& object, std::string_view key) {
  const std::string* text = text_at(object, key);
  auto bytes = text == nullptr ? std::nullopt : crypto::from_base64(*text);
  if (!bytes) return wrong(cat("'", key, "' is missing or no base64"));
  return *std::move(bytes);
}

Status take_chain(const json::Value& chain, Bundle& out) {
  const json::Value* list = chain.find("certificates");
  if (list == nullptr || list->array() == nullptr || list->array()->empty())
    return wrong("its certificate chain is empty");
  if (list->array()->size() > kMostCertificates) return wrong("its certificate chain is longer than 16");
  for (const json::Value& one : *list->array()) {
    const auto der = bytes_at(one, "rawBytes");
    if (!der) return forward(der);
    auto certificate = crypto::Certificate::from_der(*der);
    if (!certificate) return forward(certificate, "the signature's bundle");
    out.chain.push_back(std::move(*certificate));
  }
  return {};
}

Status take_material(const json::Value& tree, Bundle& out) {
  const json::Value* material = tree.find("verificationMaterial");
  if (material == nullptr || material->object() == nullptr) return wrong("verificationMaterial is missing");
  const json::Value* key = material->find("publicKey");
  const json::Value* chain = material->find("x509CertificateChain");
  if (material->find("certificate") != nullptr) {
    return fail(
        ErrorKind::unsupported,
        "the signature was made by Sigstore without a key; verifying it needs its log, and no network is "
        "asked here. Sign with a key or a certificate chain");
  }
  if ((key != nullptr) == (chain != nullptr))
    return wrong("it must name either a public key or a certificate chain");
  if (chain != nullptr) return take_chain(*chain, out);
  // Bundles of before 1.1 hold the key itself ("rawBytes"), which proves nothing and is not looked at.
  const json::Value* hint = key->find("hint");
  if (hint == nullptr || hint->is_null()) return {};
  if (hint->text() == nullptr) return wrong("the key's hint is no text");
  out.hint = *hint->text();
  return {};
}

Status take_envelope(const json::Value& tree, Bundle& out) {
  const json::Value* envelope = tree.find("dsseEnvelope");
  if (envelope == nullptr) return wrong("dsseEnvelope is missing");
  const std::string* type = text_at(*envelope, "payloadType");
  if (type == nullptr || *type != kPayloadType) return wrong(cat("its payload is not ", kPayloadType));
  const auto payload = bytes_at(*envelope, "payload");
  if (!payload) return forward(payload);
  const json::Value* signatures = envelope->find("signatures");
  if (signatures == nullptr || signatures->array() == nullptr || signatures->array()->size() != 1)
    return wrong("it must hold exactly one signature");
  auto signature = bytes_at(signatures->array()->front(), "sig");
  if (!signature) return forward(signature);
  out.payload = std::string(as_text(*payload));
  out.signature = std::move(*signature);
  return {};
}

}  // namespace

std::string pre_authentication(std::string_view type, std::string_view payload) {
  return cat("DSSEv1 ", type.size(), " ", type, " ", payload.size(), " ", payload);
}

std::string print(const Bundle& bundle) {
  json::Object material;
  if (bundle.chain.empty()) {
    material.emplace_back("publicKey", json::Object{{"hint", bundle.hint}});
  } else {
    json::Array chain;
    for (const auto& one : bundle.chain)
      chain.push_back(json::Object{{"rawBytes", crypto::base64(one.der())}});
    material.emplace_back("x509CertificateChain", json::Object{{"certificates", std::move(chain)}});
  }
  material.emplace_back("tlogEntries", json::Array{});
  const json::Value out = json::Object{
      {"mediaType", kMediaType},
      {"verificationMaterial", std::move(material)},
      {"dsseEnvelope",
       json::Object{{"payload", crypto::base64(as_bytes(bundle.payload))},
                    {"payloadType", kPayloadType},
                    {"signatures",
                     json::Array{json::Object{{"sig", crypto::base64(bundle.signature)}, {"keyid", ""}}}}}}};
  return json::print(out);
}

Result<Bundle> parse_bundle(std::string_view text) {
  if (text.size() > kMaxBundleBytes) return wrong("it is larger than 96 MiB");
  const auto tree = json::parse(text);
  if (!tree) return forward(tree, "the signature's bundle");
  const std::string* type = text_at(*tree, "mediaType");
  if (type == nullptr || *type != kMediaType) return wrong(cat("its mediaType is not ", kMediaType));
  Bundle out;
  if (auto taken = take_material(*tree, out); !taken) return forward(taken);
  if (auto taken = take_envelope(*tree, out); !taken) return forward(taken);
  return out;
}

}  // namespace oree::signature
