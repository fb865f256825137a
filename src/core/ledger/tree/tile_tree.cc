#include "core/ledger/tree/tile_tree.h"

#include "base/text.h"

namespace oree::ledger {
namespace {

constexpr size_t kCachedTiles = 256;  // 2 MiB

}  // namespace

Status TileTree::restore(uint64_t size) {
  for (unsigned level = 0; (size >> (kTileRows * level)) > 0; ++level) {
    const uint64_t count = size >> (kTileRows * level);
    Tile partial;
    for (uint64_t i = count / kTileWidth * kTileWidth; i < count; ++i) {
      const auto below = full_tile({level - 1, i});  // level 0 has no partial tile: size is a multiple
      if (!below) return forward(below);
      partial.push_back(whole_root(**below));
    }
    const std::lock_guard lock(mutex_);
    counts_[level] = count;
    if (!partial.empty()) recent_[{level, count / kTileWidth}] = std::move(partial);
  }
  const std::lock_guard lock(mutex_);
  size_ = size;
  return {};
}

void TileTree::append(std::span<const Hash> leaves) {
  const std::lock_guard lock(mutex_);
  for (const Hash& leaf : leaves) push(0, leaf);
  size_ += leaves.size();
}

void TileTree::push(unsigned level, const Hash& hash) {
  const uint64_t index = counts_[level]++;
  Tile& tile = recent_[{level, index / kTileWidth}];
  tile.push_back(hash);
  if (tile.size() == kTileWidth) push(level + 1, whole_root(tile));
}

uint64_t TileTree::size() const {
  const std::lock_guard lock(mutex_);
  return size_;
}

Result<Hash> TileTree::node(unsigned level, uint64_t index) const {
  const unsigned rows = level % kTileRows;  // of this tile, above its hashes
  const uint64_t first = index << rows;     // in the level of the tile
  const Key key{level / kTileRows, first / kTileWidth};
  const size_t count = size_t{1} << rows;
  {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(key.first);
    if (found == counts_.end() || first + count > found->second)
      return fail(ErrorKind::not_found, "the tree is smaller than that");
    if (const auto recent = recent_.find(key); recent != recent_.end())
      return whole_root(std::span(recent->second).subspan(first % kTileWidth, count));
  }
  const auto tile = full_tile(key);
  if (!tile) return forward(tile);
  return whole_root(std::span(**tile).subspan(first % kTileWidth, count));
}

Result<Hash> TileTree::root(uint64_t size) const {
  return tree_root(size, source());
}

Result<Tile> TileTree::tile(unsigned level, uint64_t number, unsigned width) const {
  const Key key{level, number};
  {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(level);
    if (found == counts_.end() || found->second < width || number > (found->second - width) / kTileWidth)
      return fail(ErrorKind::not_found, "the tree is smaller than that");
    if (const auto recent = recent_.find(key); recent != recent_.end())
      return Tile(recent->second.begin(), recent->second.begin() + width);
  }
  const auto full = full_tile(key);
  if (!full) return forward(full);
  return Tile((*full)->begin(), (*full)->begin() + width);
}

Result<TileTree::TilePtr> TileTree::full_tile(const Key& key) const {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = cache_.find(key); found != cache_.end()) {
      used_.splice(used_.begin(), used_, found->second.second);
      return found->second.first;
    }
  }
  const files::Path path = folder_ / print_tile_name({.level = key.first, .number = key.second});
  const auto bytes = disk_.read(path, kTileWidth * sizeof(Hash));
  if (!bytes && bytes.error().kind == ErrorKind::not_found)
    return fail(ErrorKind::corrupt, cat(path.string(), " is missing"));
  if (!bytes) return forward(bytes);
  auto tile = parse_tile(*bytes);
  if (!tile || tile->size() != kTileWidth)
    return fail(ErrorKind::corrupt, cat(path.string(), " is no full tile: it has ", bytes->size(), " bytes"));
  auto shared = std::make_shared<const Tile>(std::move(*tile));
  cache(key, shared);
  return shared;
}

void TileTree::cache(const Key& key, TilePtr tile) const {
  const std::lock_guard lock(mutex_);
  if (cache_.contains(key)) return;
  used_.push_front(key);
  cache_[key] = {std::move(tile), used_.begin()};
  if (cache_.size() <= kCachedTiles) return;
  cache_.erase(used_.back());
  used_.pop_back();
}

std::vector<std::pair<TileName, Tile>> TileTree::without_file() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<TileName, Tile>> tiles;
  for (const auto& [key, tile] : recent_) {
    if (tile.size() == kTileWidth) tiles.push_back({{.level = key.first, .number = key.second}, tile});
  }
  return tiles;
}

void TileTree::forget(std::span<const std::pair<TileName, Tile>> saved) {
  for (const auto& [name, tile] : saved) {
    const Key key{name.level, name.number};
    cache(key, std::make_shared<const Tile>(tile));
    const std::lock_guard lock(mutex_);
    recent_.erase(key);
  }
}

}  // namespace oree::ledger
