// The four kinds of TUF metadata as values, read from bytes (TUF 1.0.34 §4.3 to §4.6). Pure.
//
// Reading checks form only: types, ranges, uniqueness, the major version of the specification. Who signed,
// which version follows which and what is too old is trusted_set.h's business. Unknown fields are kept in
// `signed_bytes`, the canonical form that signatures cover. Errors are `invalid` and name the field.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "core/tuf/metadata/keys.h"
#include "platform/json/value.h"

namespace oree::tuf {

using Hashes = std::vector<std::pair<std::string, std::string>>;  // algorithm, hex; as written, in order

struct Common {
  int64_t version = 0;  // at least 1
  WallTime expires;     // trusted before this moment only
};

struct Root {
  static constexpr std::string_view kType = "root";
  Common common;
  bool consistent_snapshot = false;
  Keys keys;
  std::map<std::string, RoleKeys, std::less<>> roles;  // root, timestamp, snapshot, targets
};

struct MetaFile {
  int64_t version = 0;
  std::optional<uint64_t> length;
  Hashes hashes;  // may be empty
};
using MetaFiles = std::map<std::string, MetaFile, std::less<>>;  // by file name: "targets.json"

struct Timestamp {
  static constexpr std::string_view kType = "timestamp";
  Common common;
  MetaFile snapshot;
};

struct Snapshot {
  static constexpr std::string_view kType = "snapshot";
  Common common;
  MetaFiles meta;
};

struct TargetFile {
  uint64_t length = 0;
  Hashes hashes;       // never empty
  json::Value custom;  // null when absent
};

struct Delegation {
  std::string name;
  RoleKeys keys;
  bool terminating = false;
  // Exactly one of the two is there.
  std::optional<std::vector<std::string>> paths;               // patterns
  std::optional<std::vector<std::string>> path_hash_prefixes;  // of the path's hex SHA-256
};

// TAP 15: 2^bits roles of the same keys, each terminating, among which a path's SHA-256 chooses.
struct SuccinctRoles {
  RoleKeys keys;
  int bits = 1;        // 1 to 32
  std::string prefix;  // of the names: "bin" → "bin-0", "bin-1"
};

struct Targets {
  static constexpr std::string_view kType = "targets";
  Common common;
  std::map<std::string, TargetFile, std::less<>> targets;  // by path
  Keys keys;                                               // of delegations
  std::vector<Delegation> delegations;                     // in order of trust
  std::optional<SuccinctRoles> bins;                       // instead of delegations
};

template <class T>
struct Envelope {
  T body;
  std::vector<Signature> signatures;  // each key id once
  std::string signed_bytes;           // canonical
};

// T is one of the four. `invalid` when the bytes are no metadata of that type.
template <class T>
Result<Envelope<T>> parse_metadata(ByteView bytes);

// YYYY-MM-DDTHH:MM:SSZ, cut to the second.
std::string expiry_text(WallTime time);

}  // namespace oree::tuf
