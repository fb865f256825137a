#include "core/ledger/tree/merkle.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/text.h"

namespace oree::ledger {
namespace {

// The largest power of two below `count`, which is at least 2.
uint64_t split_of(uint64_t count) {
  return std::bit_floor(count - 1);
}

// Root of the entries begin … end-1, which is a node of the tree of `end` entries.
Result<Hash> range_root(uint64_t begin, uint64_t end, const HashSource& source) {
  const uint64_t count = end - begin;
  if (std::has_single_bit(count)) {
    const auto level = static_cast<unsigned>(std::countr_zero(count));
    return source(level, begin >> level);
  }
  const uint64_t left_count = split_of(count);
  const auto left = range_root(begin, begin + left_count, source);
  if (!left) return left;
  const auto right = range_root(begin + left_count, end, source);
  if (!right) return right;
  return node_hash(*left, *right);
}

Hash subtree_root(std::span<const Hash> leaves) {
  if (leaves.size() == 1) return leaves.front();
  const size_t half = leaves.size() / 2;
  return node_hash(subtree_root(leaves.first(half)), subtree_root(leaves.subspan(half)));
}

// The walk of both verifications: where a node stands in its row, and where the row ends.
struct Position {
  uint64_t node;
  uint64_t last;
  void rise() {
    node >>= 1;
    last >>= 1;
  }
  bool takes_left() const { return (node & 1) != 0 || node == last; }
  // After a hash from the left: rows in which this node has no sibling of its own are passed over.
  void skip() {
    while ((node & 1) == 0 && node != 0) rise();
  }
};

}  // namespace

Hash leaf_hash(ByteView entry) {
  ByteBuffer bytes(entry.size() + 1);
  bytes[0] = std::byte{0};
  std::ranges::copy(entry, bytes.begin() + 1);
  return crypto::sha256(bytes);
}

Hash node_hash(const Hash& left, const Hash& right) {
  std::array<std::byte, 65> bytes;
  bytes[0] = std::byte{1};
  std::ranges::copy(left.bytes, bytes.begin() + 1);
  std::ranges::copy(right.bytes, bytes.begin() + 33);
  return crypto::sha256(bytes);
}

Hash empty_root() {
  return crypto::sha256({});
}

HashSource source_of(std::span<const Hash> leaves) {
  return [leaves](unsigned level, uint64_t index) -> Result<Hash> {
    const uint64_t count = uint64_t{1} << level;
    if (index >= leaves.size() / count) return fail(ErrorKind::invalid, "the tree is smaller than that");
    return subtree_root(leaves.subspan(index * count, count));
  };
}

Result<Hash> tree_root(uint64_t size, const HashSource& source) {
  return size == 0 ? empty_root() : range_root(0, size, source);
}

Result<std::vector<Hash>> prove_inclusion(uint64_t index, uint64_t size, const HashSource& source) {
  if (index >= size) return fail(ErrorKind::invalid, cat("a tree of ", size, " has no entry ", index));
  std::vector<Hash> path;
  uint64_t begin = 0;
  uint64_t end = size;
  while (end - begin > 1) {
    const uint64_t middle = begin + split_of(end - begin);
    const bool left = index < middle;
    const auto sibling = left ? range_root(middle, end, source) : range_root(begin, middle, source);
    if (!sibling) return forward(sibling);
    path.push_back(*sibling);
    (left ? end : begin) = middle;
  }
  std::ranges::reverse(path);
  return path;
}

Result<std::vector<Hash>> prove_consistency(uint64_t old_size, uint64_t size, const HashSource& source) {
  if (old_size > size) return fail(ErrorKind::invalid, cat("the tree has ", size, ", not ", old_size));
  std::vector<Hash> path;
  if (old_size == 0) return path;
  uint64_t begin = 0;
  uint64_t end = size;
  while (end != old_size) {
    const uint64_t middle = begin + split_of(end - begin);
    const bool left = old_size <= middle;
    const auto sibling = left ? range_root(middle, end, source) : range_root(begin, middle, source);
    if (!sibling) return forward(sibling);
    path.push_back(*sibling);
    (left ? end : begin) = middle;
  }
  if (begin != 0) {
    const auto common = range_root(begin, end, source);
    if (!common) return forward(common);
    path.push_back(*common);
  }
  std::ranges::reverse(path);
  return path;
}

Result<Hash> root_by_path(const Hash& leaf, uint64_t index, uint64_t size, std::span<const Hash> path) {
  if (index >= size) return fail(ErrorKind::invalid, cat("a tree of ", size, " has no entry ", index));
  Position at{index, size - 1};
  Hash root = leaf;
  for (const Hash& sibling : path) {
    if (at.last == 0) return fail(ErrorKind::invalid, "the path has too many hashes");
    if (at.takes_left()) {
      root = node_hash(sibling, root);
      at.skip();
    } else {
      root = node_hash(root, sibling);
    }
    at.rise();
  }
  if (at.last != 0) return fail(ErrorKind::invalid, "the path has too few hashes");
  return root;
}

Status verify_inclusion(const Hash& leaf, uint64_t index, uint64_t size, std::span<const Hash> path,
                        const Hash& root) {
  const auto made = root_by_path(leaf, index, size, path);
  if (!made) return forward(made);
  if (*made != root) return fail(ErrorKind::invalid, "the path does not lead from the entry to the root");
  return {};
}

Status verify_consistency(uint64_t old_size, uint64_t size, const Hash& old_root, const Hash& root,
                          std::span<const Hash> path) {
  if (old_size > size) return fail(ErrorKind::invalid, "the older tree is larger");
  if (old_size == 0 || old_size == size) {
    if (!path.empty()) return fail(ErrorKind::invalid, "no hashes were expected");
    const Hash& expected = old_size == size ? root : empty_root();
    if (old_root == expected && (size != 0 || root == empty_root())) return {};
    return fail(ErrorKind::invalid, "two roots for one size");
  }
  if (path.empty()) return fail(ErrorKind::invalid, "hashes are missing");
  Position at{old_size - 1, size - 1};
  while ((at.node & 1) != 0) at.rise();
  const bool old_is_whole = std::has_single_bit(old_size);  // then its root is a node of the new tree
  Hash old_made = old_is_whole ? old_root : path.front();
  Hash made = old_made;
  for (const Hash& sibling : path.subspan(old_is_whole ? 0 : 1)) {
    if (at.last == 0) return fail(ErrorKind::invalid, "too many hashes");
    if (at.takes_left()) {
      old_made = node_hash(sibling, old_made);
      made = node_hash(sibling, made);
      at.skip();
    } else {
      made = node_hash(made, sibling);
    }
    at.rise();
  }
  if (at.last != 0) return fail(ErrorKind::invalid, "too few hashes");
  if (old_made != old_root) return fail(ErrorKind::invalid, "the hashes do not lead to the older root");
  if (made != root) return fail(ErrorKind::invalid, "the hashes do not lead to the newer root");
  return {};
}

}  // namespace oree::ledger
