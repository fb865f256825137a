// A file that only the holder of a key can read: AES-256-GCM in segments, under a data key of its own that is
// wrapped (AES key wrap) for each key-encryption key that may open it. docs/formats/sealed.md has the bytes.
//
//   seal_file("model.onnx", "model.onnx.sealed", {&key}, {});
//   const auto plain = open_sealed("model.onnx.sealed", key, 2u << 30);   // in memory only
//
// Each segment is bound to its place, to whether it is the last, and to the file's digest and size; nothing
// of a segment is handed out before its tag was checked. Errors: `corrupt` says whether the file was cut
// short, whether segments were moved, or that one was changed or comes from another file; `denied` when it
// was sealed for other keys. Functions are thread-safe; a reader belongs to one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/sealing/key_source.h"
#include "platform/crypto/crypto.h"

namespace oree::sealing {

inline constexpr std::string_view kSealedSuffix = ".sealed";

struct WrappedKey {
  std::string id;  // of the key-encryption key
  ByteBuffer wrapped;
};

// The readable part. Believed only once a segment's tag was checked, which covers all of it but the keys.
struct SealedHeader {
  std::string name;       // of the file that was sealed
  crypto::Digest digest;  // SHA-256 of what was sealed
  uint64_t plain_bytes = 0;
  uint32_t segment_bytes = 1u << 20;
  std::array<std::byte, 7> nonce_prefix{};
  std::vector<WrappedKey> keys;
};

std::string print(const SealedHeader& header);  // with mark and length, as it starts the file
// From the first bytes of a file; `size` gets how many the header takes. `invalid` when it is no sealed file,
// `unsupported` for a later version.
Result<SealedHeader> parse_header(ByteView start, size_t& size);
Result<SealedHeader> read_header(const std::filesystem::path& file);

struct SealOptions {
  uint32_t segment_bytes = 1u << 20;  // 64 KiB to 1 MiB, a power of two
};

// `out` appears whole or not at all, and is durable when this returns.
Status seal_file(const std::filesystem::path& plain, const std::filesystem::path& out,
                 const std::vector<KeySource*>& keys, const SealOptions& options);

// Memory that is wiped when it goes.
class Unsealed {
 public:
  explicit Unsealed(ByteBuffer bytes) : bytes_(std::move(bytes)) {}
  Unsealed(Unsealed&&) = default;
  Unsealed& operator=(Unsealed&&) = default;
  ~Unsealed() { crypto::wipe(bytes_); }
  ByteView bytes() const { return bytes_; }

 private:
  ByteBuffer bytes_;
};

// All of it, in memory; nothing is written. `invalid` when it is larger than `max_bytes`.
Result<Unsealed> open_sealed(const std::filesystem::path& file, KeySource& key, uint64_t max_bytes);
// The same into a file, for whoever needs the model back; it appears whole or not at all.
Status unseal_file(const std::filesystem::path& file, KeySource& key, const std::filesystem::path& out);

// Lets `more` open the file too, or instead of all others. Needs a key that opens it now; the segments stay.
Status rewrap_file(const std::filesystem::path& file, KeySource& key, KeySource& more, bool instead);

}  // namespace oree::sealing
