// What is signed of a model: which files its folder holds, each with a digest, and how they were counted.
//
// An in-toto Statement v1 with the predicate of OpenSSF Model Signing v1.0
// (https://model_signing/signature/v1.0). Values, pure. Limits: 64 MiB of text, 1,000,000 resources.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "platform/crypto/crypto.h"
#include "platform/crypto/hash.h"

namespace oree::signature {

inline constexpr std::string_view kPayloadType = "application/vnd.in-toto+json";
inline constexpr size_t kMaxStatementBytes = 64u << 20;

enum class Method { files, shards };

// How the folder was read, so that whoever verifies reads it the same way.
struct Serialization {
  Method method = Method::files;
  crypto::HashAlgorithm hash = crypto::HashAlgorithm::sha256;
  uint64_t shard_size = 1'000'000'000;  // of shards
  bool allow_symlinks = false;          // false: a link in the folder is a mistake; true: read what it shows
  std::vector<std::string> ignore_paths;  // below the folder: neither signed nor missed; folders whole
};

struct Resource {
  std::string path;             // below the folder, '/' between names
  uint64_t start = 0, end = 0;  // of a shard: [start, end)
  ByteBuffer digest;
};

struct Statement {
  std::string name;     // of the folder when it was signed; for people
  crypto::Digest root;  // SHA-256 over the digests in their order: the model's identity
  Serialization serialization;
  std::vector<Resource> resources;
};

// What is wrong with a path that must stay below its folder; "" when nothing is.
std::string path_fault(std::string_view path);
// Name by name, not letter by letter: "a/b" comes before "a.b", as the reference tool has it.
bool path_before(std::string_view a, std::string_view b);

crypto::Digest root_of(const std::vector<Resource>& resources);
std::string print(const Statement& statement);
// `invalid` for a text that is none, whose digests do not make its root, or that names a path twice or
// outside the folder; `unsupported` for blake3 and for statements of before 1.0.
Result<Statement> parse_statement(std::string_view text);

}  // namespace oree::signature
