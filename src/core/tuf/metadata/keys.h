// Keys, signatures and thresholds as signed metadata writes them (TUF 1.0.34 §4.2). Values, pure.
//
// A threshold counts keys, not key ids: one key under two ids counts once. A key of an unknown type or with
// an unreadable text stays where it is (what is signed must not change) and never counts. That a key id is
// the digest of its key is not asked: public repositories keep ids across changes of form (TAP 12).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "platform/crypto/signing.h"
#include "platform/json/value.h"

namespace oree::tuf {

struct Key {
  std::string type;         // keytype: "ed25519", "ecdsa", "rsa", …
  std::string scheme;       // "ed25519", "ecdsa-sha2-nistp256", "rsassa-pss-sha256"
  std::string public_text;  // 64 hex digits, or PEM
};
using Keys = std::map<std::string, Key, std::less<>>;  // by key id

struct RoleKeys {
  std::vector<std::string> keyids;  // each once
  int64_t threshold = 1;            // at least 1
};

struct Signature {
  std::string keyid;
  std::string sig;  // hex; may be nonsense, which then does not count
};

// How many different keys of `role` have signed `message`.
int64_t count_signers(const RoleKeys& role, const Keys& keys, const std::vector<Signature>& signatures,
                      ByteView message);
// `denied` with "signatures: …" when those are fewer than the threshold. `name` is for the sentence.
Status check_signatures(const RoleKeys& role, const Keys& keys, const std::vector<Signature>& signatures,
                        ByteView message, std::string_view name);

// One of our own Ed25519 keys as metadata writes it, and its id: hex SHA-256 of the canonical key.
json::Value key_json(const crypto::PublicKey& key);
std::string key_id(const crypto::PublicKey& key);

}  // namespace oree::tuf
