// Files of a tiled log (c2sp.org/tlog-tiles): how they are called and what is in them.
//
// A tile is up to 256 hashes of one row of the tree, 8 rows above those of the level below; an entry bundle
// is up to 256 entries, each after its length in two bytes, big-endian. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ledger/tree/merkle.h"

namespace oree::ledger {

constexpr unsigned kTileRows = 8;
constexpr unsigned kTileWidth = 1u << kTileRows;
constexpr size_t kMaxEntryBytes = 65'535;
constexpr size_t kMaxBundleBytes = kTileWidth * (kMaxEntryBytes + 2);

using Tile = std::vector<Hash>;

// tile/<level>/<number>[.p/<width>] and tile/entries/<number>[.p/<width>]
struct TileName {
  bool entries = false;
  unsigned level = 0;
  uint64_t number = 0;
  unsigned width = kTileWidth;
  auto operator<=>(const TileName&) const = default;
};
std::string print_tile_name(const TileName& name);
std::optional<TileName> parse_tile_name(std::string_view path);

// The root over 1, 2, 4 … 256 hashes.
Hash whole_root(std::span<const Hash> hashes);
ByteBuffer print_tile(std::span<const Hash> hashes);
// nullopt unless it is hashes, 1 to 256 of them.
std::optional<Tile> parse_tile(ByteView bytes);

void append_entry(ByteBuffer& bundle, ByteView entry);
// Views into `bundle`; nullopt unless it is `count` entries and nothing more.
std::optional<std::vector<ByteView>> parse_bundle(ByteView bundle, size_t count);

}  // namespace oree::ledger
