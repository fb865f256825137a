// The two texts that are signed on the way from an anomaly to an approved order: the station's proposal and
// an authority's decision (docs/formats/authority.md has both, byte for byte).
//
// A text has exactly one form: what parse_…() accepts, print() gives again byte for byte, and nothing else is
// accepted. A signature is Ed25519 over these bytes. Values, pure, no threads. Errors: `invalid` with the
// line that is wrong, `denied` for a signature that is not the key's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "platform/crypto/crypto.h"
#include "platform/crypto/signing.h"

namespace oree::approvals {

constexpr size_t kMostStatementBytes = 4096;

struct Proposal {
  std::string order;    // letters, digits, '.', '_', '-'; at most 64
  std::string station;  // likewise
  std::string asset;    // one line without '%', at most 200 bytes
  std::string fault;    // one line, at most 64 bytes
  crypto::Digest evidence;
  std::string model;  // "" for none
  double score = 0;
  double threshold = 0;
  double cost = 0;  // the ceiling; 0 to 1e12
  std::string currency = "EUR";
  std::string priority = "normal";  // low, normal, high, urgent
  int64_t created = 0;              // Unix ms
  int64_t expires = 0;
  int needed = 1;  // M
  int of = 1;      // N, at most 100

  bool operator==(const Proposal&) const = default;
};

enum class Verdict { approve, refuse };
std::string_view name(Verdict verdict);

struct Decision {
  std::string authority;
  std::string order;
  crypto::Digest proposal;  // SHA-256 of the proposal's text
  Verdict verdict = Verdict::refuse;
  std::string code;  // "ok", "score_below_limit", …: a to z, 0 to 9 and '_', at most 64
  std::string by;    // "rules", or who decided
  int64_t at = 0;    // Unix ms

  bool operator==(const Decision&) const = default;
};

// `invalid` when a field has no form in the text.
Result<std::string> print(const Proposal& proposal);
Result<std::string> print(const Decision& decision);
Result<Proposal> parse_proposal(std::string_view text);
Result<Decision> parse_decision(std::string_view text);

crypto::Digest digest_of(std::string_view text);

// A text, and the signature over it in base64.
struct Signed {
  std::string text;
  std::string signature;
  bool operator==(const Signed&) const = default;
};
Result<Signed> sign(const Proposal& proposal, const crypto::SigningKey& key);
Result<Signed> sign(const Decision& decision, const crypto::SigningKey& key);
// `denied` unless the signature is this key's over the text.
Status check_signature(const Signed& text, const crypto::PublicKey& key);

// Of a person's name as it may stand after `by`: one line, at most 120 bytes, not "rules".
bool is_person(std::string_view name);

}  // namespace oree::approvals
