// Signed notes (c2sp.org/signed-note), checkpoints (tlog-checkpoint) and witnesses' cosignatures
// (tlog-cosignature v1), over Ed25519.
//
// A note is a text and signature lines under it; a checkpoint is a note whose text is origin, size and root.
// Signatures of unknown keys are ignored, as the format asks for. Pure functions; errors are `invalid`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ledger/tree/merkle.h"
#include "platform/crypto/signing.h"

namespace oree::ledger {

constexpr size_t kMaxNoteBytes = 128 << 10;
constexpr size_t kMaxSignatures = 100;

enum class KeyType : uint8_t {
  note = 0x01,         // a log's: the signature alone
  cosignature = 0x04,  // a witness's: u64 seconds since 1970, big-endian, before the signature
};

// Who may sign: printed as name+keyid+base64(type ‖ public key).
struct VerifierKey {
  std::string name;
  KeyType type = KeyType::note;
  crypto::PublicKey key;
  uint32_t id() const;
  std::string text() const;
  auto operator<=>(const VerifierKey&) const = default;
};
// A name is UTF-8, without spaces, control characters and '+'.
Result<VerifierKey> verifier_key(std::string name, KeyType type, const crypto::PublicKey& key);
Result<VerifierKey> parse_verifier_key(std::string_view text);

struct SignatureLine {
  std::string name;
  uint32_t id = 0;
  ByteBuffer signature;
  bool operator==(const SignatureLine&) const = default;
};
std::string print_line(const SignatureLine& line);  // with its newline
Result<std::vector<SignatureLine>> parse_lines(std::string_view text);

struct Note {
  std::string text;  // ends with a newline
  std::vector<SignatureLine> signatures;
  bool operator==(const Note&) const = default;
};
Result<Note> parse_note(std::string_view bytes);
std::string print_note(const Note& note);

SignatureLine sign_note(std::string_view text, const std::string& name, const crypto::SigningKey& key);
SignatureLine cosign_note(std::string_view text, const std::string& name, const crypto::SigningKey& key,
                          int64_t unix_seconds);

enum class Signed { absent, wrong, right };
struct SignatureCheck {
  Signed state = Signed::absent;
  int64_t unix_seconds = 0;  // of a cosignature
};
// `wrong` as soon as one line of this key is wrong.
SignatureCheck check_signature(const Note& note, const VerifierKey& key);

struct Checkpoint {
  std::string origin;
  uint64_t size = 0;
  Hash root;
  std::vector<std::string> extensions;
  bool operator==(const Checkpoint&) const = default;
};
std::string print_checkpoint(const Checkpoint& checkpoint);  // the note's text
Result<Checkpoint> parse_checkpoint(std::string_view text);

// "0", "17": digits without leading zeroes, below 2^63.
std::optional<uint64_t> parse_decimal(std::string_view text);
std::optional<Hash> parse_base64_hash(std::string_view text);
std::string base64_text(const Hash& hash);

}  // namespace oree::ledger
