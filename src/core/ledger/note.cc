#include "core/ledger/note.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace oree::ledger {
namespace {

constexpr std::string_view kDash = "\u2014 ";
constexpr size_t kSignatureBytes = std::tuple_size_v<crypto::Signature>;
constexpr size_t kTimeBytes = 8;

// The code point at the front of `text`, which loses it; nullopt when it is no UTF-8.
std::optional<char32_t> take_code_point(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  const size_t length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (length == 0 || first > 0xF4 || text.size() < length) return std::nullopt;
  constexpr std::array<unsigned, 5> kMasks{0, 0x7F, 0x1F, 0x0F, 0x07};
  char32_t point = first & kMasks[length];
  for (size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) return std::nullopt;
    point = (point << 6) | (next & 0x3F);
  }
  constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  if (point < kLeast[length] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) return std::nullopt;
  text.remove_prefix(length);
  return point;
}

bool is_space(char32_t point) {
  return point == ' ' || point == 0x85 || point == 0xA0 || point == 0x1680 ||
         (point >= 0x2000 && point <= 0x200A) || point == 0x2028 || point == 0x2029 || point == 0x202F ||
         point == 0x205F || point == 0x3000;
}

bool is_key_name(std::string_view name) {
  if (name.empty()) return false;
  while (!name.empty()) {
    const auto point = take_code_point(name);
    if (!point || *point < 0x20 || *point == '+' || is_space(*point)) return false;
  }
  return true;
}

bool is_note_text(std::string_view text) {
  while (!text.empty()) {
    const auto point = take_code_point(text);
    if (!point || (*point < 0x20 && *point != '\n')) return false;
  }
  return true;
}

ByteBuffer key_material(KeyType type, const crypto::PublicKey& key) {
  ByteBuffer bytes{static_cast<std::byte>(type)};
  bytes.insert(bytes.end(), key.bytes.begin(), key.bytes.end());
  return bytes;
}

void append_big_endian(ByteBuffer& bytes, uint64_t value, int count) {
  for (int i = count - 1; i >= 0; --i) bytes.push_back(static_cast<std::byte>((value >> (8 * i)) & 255));
}

uint64_t big_endian(ByteView bytes) {
  uint64_t value = 0;
  for (const std::byte byte : bytes) value = (value << 8) | std::to_integer<uint64_t>(byte);
  return value;
}

std::string cosigned_text(std::string_view text, uint64_t unix_seconds) {
  return cat("cosignature/v1\ntime ", unix_seconds, "\n", text);
}

Result<SignatureLine> parse_line(std::string_view line) {
  if (!line.starts_with(kDash)) return fail(ErrorKind::invalid, "a signature line begins with a dash");
  line.remove_prefix(kDash.size());
  const size_t space = line.find(' ');
  if (space == std::string_view::npos || !is_key_name(line.substr(0, space)))
    return fail(ErrorKind::invalid, "a signature line is: dash, name of the key, base64");
  const auto bytes = crypto::from_base64(line.substr(space + 1));
  if (!bytes || bytes->size() < 5)
    return fail(ErrorKind::invalid, cat("the signature of '", line.substr(0, space), "' is no base64"));
  SignatureLine out{std::string(line.substr(0, space)),
                    static_cast<uint32_t>(big_endian(ByteView(*bytes).first(4))),
                    ByteBuffer(bytes->begin() + 4, bytes->end())};
  return out;
}

SignatureCheck check_line(std::string_view text, const SignatureLine& line, const VerifierKey& key) {
  const SignatureCheck wrong{Signed::wrong, 0};
  ByteView signature = line.signature;
  if (key.type == KeyType::note) {
    return signature.size() == kSignatureBytes && crypto::verify(key.key, as_bytes(text), signature)
               ? SignatureCheck{Signed::right, 0}
               : wrong;
  }
  if (signature.size() != kTimeBytes + kSignatureBytes) return wrong;
  const uint64_t time = big_endian(signature.first(kTimeBytes));
  if (time > INT64_MAX) return wrong;
  const std::string message = cosigned_text(text, time);
  if (!crypto::verify(key.key, as_bytes(message), signature.subspan(kTimeBytes))) return wrong;
  return {Signed::right, static_cast<int64_t>(time)};
}

}  // namespace

uint32_t VerifierKey::id() const {
  crypto::Sha256 hash;
  hash.update(as_bytes(name));
  hash.update(as_bytes("\n"));
  hash.update(key_material(type, key));
  return static_cast<uint32_t>(big_endian(ByteView(hash.finish().bytes).first(4)));
}

std::string VerifierKey::text() const {
  ByteBuffer bytes;
  append_big_endian(bytes, id(), 4);
  return cat(name, "+", to_hex(bytes), "+", crypto::base64(key_material(type, key)));
}

Result<VerifierKey> verifier_key(std::string name, KeyType type, const crypto::PublicKey& key) {
  if (!is_key_name(name))
    return fail(ErrorKind::invalid,
                cat("'", name, "' cannot name a key: it must have no spaces, no '+', no control characters"));
  return VerifierKey{std::move(name), type, key};
}

Result<VerifierKey> parse_verifier_key(std::string_view text) {
  const std::string shown(text.substr(0, 80));
  const size_t first = text.find('+');
  const size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos)
    return fail(ErrorKind::invalid, cat("'", shown, "' is no verifier key: name+keyid+base64 was expected"));
  const auto bytes = crypto::from_base64(text.substr(second + 1));
  crypto::PublicKey key;
  if (!bytes || bytes->size() != key.bytes.size() + 1)
    return fail(ErrorKind::invalid, cat("'", shown, "' ends with no Ed25519 key in base64"));
  const auto type = static_cast<KeyType>(bytes->front());
  if (type != KeyType::note && type != KeyType::cosignature)
    return fail(ErrorKind::unsupported,
                cat("'", shown, "' is of type ", std::to_integer<unsigned>(bytes->front()),
                    "; 1 (Ed25519) and 4 (cosignature) are known"));
  std::copy(bytes->begin() + 1, bytes->end(), key.bytes.begin());
  auto made = verifier_key(std::string(text.substr(0, first)), type, key);
  if (made && made->text() != text)
    return fail(ErrorKind::invalid, cat("'", shown, "' does not fit its key id: was it typed by hand?"));
  return made;
}

std::string print_line(const SignatureLine& line) {
  ByteBuffer bytes;
  append_big_endian(bytes, line.id, 4);
  bytes.insert(bytes.end(), line.signature.begin(), line.signature.end());
  return cat(kDash, line.name, " ", crypto::base64(bytes), "\n");
}

Result<std::vector<SignatureLine>> parse_lines(std::string_view text) {
  if (text.size() > kMaxNoteBytes) return fail(ErrorKind::invalid, "the signatures are too long");
  std::vector<SignatureLine> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return fail(ErrorKind::invalid, "the last line has no end");
    if (lines.size() == kMaxSignatures)
      return fail(ErrorKind::invalid, cat("more than ", kMaxSignatures, " signatures"));
    auto line = parse_line(text.substr(0, end));
    if (!line) return forward(line);
    lines.push_back(std::move(*line));
    text.remove_prefix(end + 1);
  }
  if (lines.empty()) return fail(ErrorKind::invalid, "no signature");
  return lines;
}

Result<Note> parse_note(std::string_view bytes) {
  if (bytes.size() > kMaxNoteBytes)
    return fail(ErrorKind::invalid, cat("a note has at most ", kMaxNoteBytes, " bytes"));
  if (!is_note_text(bytes)) return fail(ErrorKind::invalid, "a note is UTF-8 without control characters");
  const size_t blank = bytes.rfind("\n\n");
  if (blank == std::string_view::npos)
    return fail(ErrorKind::invalid, "a note needs an empty line between its text and its signatures");
  auto lines = parse_lines(bytes.substr(blank + 2));
  if (!lines) return forward(lines);
  return Note{std::string(bytes.substr(0, blank + 1)), std::move(*lines)};
}

std::string print_note(const Note& note) {
  std::string text = note.text + "\n";
  for (const auto& line : note.signatures) text += print_line(line);
  return text;
}

SignatureLine sign_note(std::string_view text, const std::string& name, const crypto::SigningKey& key) {
  const crypto::Signature signature = key.sign(as_bytes(text));
  return {
      name, VerifierKey{name, KeyType::note, key.public_key()}.id(), {signature.begin(), signature.end()}};
}

SignatureLine cosign_note(std::string_view text, const std::string& name, const crypto::SigningKey& key,
                          int64_t unix_seconds) {
  const auto time = static_cast<uint64_t>(std::max<int64_t>(unix_seconds, 0));
  const crypto::Signature signature = key.sign(as_bytes(cosigned_text(text, time)));
  SignatureLine line{name, VerifierKey{name, KeyType::cosignature, key.public_key()}.id(), {}};
  append_big_endian(line.signature, time, kTimeBytes);
  line.signature.insert(line.signature.end(), signature.begin(), signature.end());
  return line;
}

SignatureCheck check_signature(const Note& note, const VerifierKey& key) {
  SignatureCheck found;
  const uint32_t id = key.id();
  for (const auto& line : note.signatures) {
    if (line.name != key.name || line.id != id) continue;
    const SignatureCheck one = check_line(note.text, line, key);
    if (one.state == Signed::wrong) return one;
    found = {Signed::right, std::max(found.unix_seconds, one.unix_seconds)};
  }
  return found;
}

std::string print_checkpoint(const Checkpoint& checkpoint) {
  std::string text = cat(checkpoint.origin, "\n", checkpoint.size, "\n", base64_text(checkpoint.root), "\n");
  for (const auto& line : checkpoint.extensions) text += line + "\n";
  return text;
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  if (!text.ends_with('\n')) return fail(ErrorKind::invalid, "the checkpoint's last line has no end");
  const auto lines = split(text.substr(0, text.size() - 1), '\n');
  if (lines.size() < 3) return fail(ErrorKind::invalid, "a checkpoint is origin, size and root hash");
  if (std::ranges::any_of(lines, [](std::string_view line) { return line.empty(); }))
    return fail(ErrorKind::invalid, "a checkpoint has no empty lines");
  const auto size = parse_decimal(lines[1]);
  if (!size) return fail(ErrorKind::invalid, cat("'", lines[1].substr(0, 40), "' is no tree size"));
  const auto root = parse_base64_hash(lines[2]);
  if (!root) return fail(ErrorKind::invalid, cat("'", lines[2].substr(0, 60), "' is no root hash"));
  Checkpoint out{std::string(lines[0]), *size, *root, {}};
  for (size_t i = 3; i < lines.size(); ++i) out.extensions.emplace_back(lines[i]);
  return out;
}

std::optional<uint64_t> parse_decimal(std::string_view text) {
  if (text.empty() || text.front() < '0' || text.front() > '9' || (text.size() > 1 && text.front() == '0'))
    return std::nullopt;
  const auto value = parse_number<uint64_t>(text);
  return value && *value <= INT64_MAX ? value : std::nullopt;
}

std::optional<Hash> parse_base64_hash(std::string_view text) {
  Hash hash;
  if (text.size() != 44) return std::nullopt;
  const auto bytes = crypto::from_base64(text);
  if (!bytes || bytes->size() != hash.bytes.size()) return std::nullopt;
  std::ranges::copy(*bytes, hash.bytes.begin());
  return hash;
}

std::string base64_text(const Hash& hash) {
  return crypto::base64(hash.bytes);
}

}  // namespace oree::ledger
