#include "core/tuf/metadata/keys.h"

#include <set>

#include "base/text.h"
#include "core/tuf/metadata/canonical.h"
#include "platform/crypto/crypto.h"
#include "platform/crypto/verifying_key.h"

namespace oree::tuf {
namespace {

const Signature* find(const std::vector<Signature>& signatures, std::string_view keyid) {
  for (const auto& one : signatures) {
    if (one.keyid == keyid) return &one;
  }
  return nullptr;
}

// "ecdsa-sha2-nistp256" is what older metadata calls the type as well.
bool is_known(const Key& key) {
  return (key.type == "ed25519" && key.scheme == "ed25519") ||
         ((key.type == "ecdsa" || key.type == "ecdsa-sha2-nistp256") &&
          key.scheme == "ecdsa-sha2-nistp256") ||
         (key.type == "rsa" && key.scheme == "rsassa-pss-sha256");
}

}  // namespace

int64_t count_signers(const RoleKeys& role, const Keys& keys, const std::vector<Signature>& signatures,
                      ByteView message) {
  std::set<ByteBuffer> signers;
  for (const auto& keyid : role.keyids) {
    const Signature* signature = find(signatures, keyid);
    const auto key = keys.find(keyid);
    if (signature == nullptr || key == keys.end() || !is_known(key->second)) continue;
    const auto bytes = from_hex(signature->sig);
    const auto verifying = crypto::VerifyingKey::parse(key->second.scheme, key->second.public_text);
    if (bytes && verifying && verifying->verify(message, *bytes)) signers.insert(verifying->der());
  }
  return static_cast<int64_t>(signers.size());
}

Status check_signatures(const RoleKeys& role, const Keys& keys, const std::vector<Signature>& signatures,
                        ByteView message, std::string_view name) {
  const int64_t signers = count_signers(role, keys, signatures, message);
  if (signers >= role.threshold) return {};
  return fail(ErrorKind::denied, cat("signatures: ", name, " is signed by ", signers, " of the ",
                                     role.threshold, " keys that it needs"));
}

json::Value key_json(const crypto::PublicKey& key) {
  return json::Object{
      {"keytype", "ed25519"}, {"keyval", json::Object{{"public", to_hex(key.bytes)}}}, {"scheme", "ed25519"}};
}

std::string key_id(const crypto::PublicKey& key) {
  return crypto::sha256(as_bytes(canonical_json(key_json(key)).value())).hex();
}

}  // namespace oree::tuf
