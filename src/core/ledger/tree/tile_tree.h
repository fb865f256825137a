// The tree of one log: full tiles in files, the right edge in memory.
//
// Thread-safe: any number of readers beside one writer. A full tile that is not in a file yet is kept in
// memory; read tiles are cached. Errors: `corrupt` with the file's name, and what Disk::read says.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>

#include "core/ledger/tree/tiles.h"
#include "platform/files/files.h"

namespace oree::ledger {

class TileTree {
 public:
  TileTree(files::Path folder, files::Disk& disk) : folder_(std::move(folder)), disk_(disk) {}

  // A tree of `size` entries, a multiple of 256, all of it in files. Reads the right edge of it.
  Status restore(uint64_t size);
  void append(std::span<const Hash> leaves);

  uint64_t size() const;
  Result<Hash> node(unsigned level, uint64_t index) const;  // see HashSource
  Result<Hash> root(uint64_t size) const;
  HashSource source() const {
    return [this](unsigned level, uint64_t index) { return node(level, index); };
  }

  // The first `width` hashes; `not_found` when the tree is not that large.
  Result<Tile> tile(unsigned level, uint64_t number, unsigned width) const;

  // Full tiles without a file, oldest first; forget() says that they all have one now.
  std::vector<std::pair<TileName, Tile>> without_file() const;
  void forget(std::span<const std::pair<TileName, Tile>> saved);

 private:
  using Key = std::pair<unsigned, uint64_t>;  // level, number
  using TilePtr = std::shared_ptr<const Tile>;
  void push(unsigned level, const Hash& hash);
  Result<TilePtr> full_tile(const Key& key) const;
  void cache(const Key& key, TilePtr tile) const;

  const files::Path folder_;
  files::Disk& disk_;
  mutable std::mutex mutex_;  // guards what follows
  uint64_t size_ = 0;
  std::map<unsigned, uint64_t> counts_;  // hashes in each level
  std::map<Key, Tile> recent_;           // partial, or full and without a file
  mutable std::map<Key, std::pair<TilePtr, std::list<Key>::iterator>> cache_;
  mutable std::list<Key> used_;  // newest first
};

}  // namespace oree::ledger
