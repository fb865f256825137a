// The hash tree of RFC 6962 §2.1 over SHA-256: roots, and proofs that an entry is in it or that it only grew.
//
// Making a proof asks a HashSource for the hashes it needs; checking one needs nothing but its arguments
// (algorithms of RFC 9162 §2.1.3.2 and §2.1.4.2). Pure functions; sizes and indices count entries from 0.
// Errors of the verify_* functions: `invalid`, with the reason.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "platform/crypto/crypto.h"

namespace oree::ledger {

using Hash = crypto::Digest;

constexpr size_t kMaxProofHashes = 63;

Hash leaf_hash(ByteView entry);
Hash node_hash(const Hash& left, const Hash& right);
Hash empty_root();  // of a tree without entries

// The root of the whole subtree that has 2^level entries and begins at entry index·2^level.
using HashSource = std::function<Result<Hash>(unsigned level, uint64_t index)>;
HashSource source_of(std::span<const Hash> leaves);  // the leaves must live as long as it does

Result<Hash> tree_root(uint64_t size, const HashSource& source);
// `invalid` unless index < size.
Result<std::vector<Hash>> prove_inclusion(uint64_t index, uint64_t size, const HashSource& source);
// `invalid` unless old_size <= size. Empty for old_size 0 and for equal sizes.
Result<std::vector<Hash>> prove_consistency(uint64_t old_size, uint64_t size, const HashSource& source);

// What the path makes of the leaf; `invalid` when it has not the length that index and size ask for.
Result<Hash> root_by_path(const Hash& leaf, uint64_t index, uint64_t size, std::span<const Hash> path);
Status verify_inclusion(const Hash& leaf, uint64_t index, uint64_t size, std::span<const Hash> path,
                        const Hash& root);
Status verify_consistency(uint64_t old_size, uint64_t size, const Hash& old_root, const Hash& root,
                          std::span<const Hash> path);

}  // namespace oree::ledger
