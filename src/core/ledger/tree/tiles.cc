#include "core/ledger/tree/tiles.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace oree::ledger {
namespace {

constexpr unsigned kMaxLevel = 63;
constexpr size_t kMaxNumberGroups = 7;  // 10^21 > 2^64

std::string three_digits(uint64_t value) {
  std::string text = cat(value);
  return std::string(3 - text.size(), '0') + text;
}

// 1234067 → x001/x234/067
std::string print_number(uint64_t number) {
  std::string text = three_digits(number % 1000);
  for (number /= 1000; number > 0; number /= 1000) text = cat("x", three_digits(number % 1000), "/", text);
  return text;
}

std::optional<uint64_t> parse_number_groups(std::span<const std::string_view> groups) {
  if (groups.empty() || groups.size() > kMaxNumberGroups) return std::nullopt;
  std::string digits;
  for (size_t i = 0; i < groups.size(); ++i) {
    std::string_view group = groups[i];
    const bool last = i + 1 == groups.size();
    if (!last && !group.starts_with('x')) return std::nullopt;
    if (!last) group.remove_prefix(1);
    if (group.size() != 3) return std::nullopt;
    digits += group;
  }
  const auto number = parse_number<uint64_t>(digits);
  if (!number || digits.starts_with('-')) return std::nullopt;
  return number;
}

std::optional<unsigned> parse_small(std::string_view text, unsigned least, unsigned most) {
  const auto value = parse_number<unsigned>(text);
  if (!value || *value < least || *value > most || cat(*value) != text) return std::nullopt;
  return value;
}

}  // namespace

std::string print_tile_name(const TileName& name) {
  std::string text = "tile/";
  text += name.entries ? "entries" : cat(name.level);
  text += "/" + print_number(name.number);
  if (name.width != kTileWidth) text += cat(".p/", name.width);
  return text;
}

std::optional<TileName> parse_tile_name(std::string_view path) {
  TileName name;
  if (const size_t partial = path.rfind(".p/"); partial != std::string_view::npos) {
    const auto width = parse_small(path.substr(partial + 3), 1, kTileWidth - 1);
    if (!width) return std::nullopt;
    name.width = *width;
    path = path.substr(0, partial);
  }
  const auto parts = split(path, '/');
  if (parts.size() < 3 || parts[0] != "tile") return std::nullopt;
  name.entries = parts[1] == "entries";
  if (!name.entries) {
    const auto level = parse_small(parts[1], 0, kMaxLevel);
    if (!level) return std::nullopt;
    name.level = *level;
  }
  const auto number = parse_number_groups(std::span(parts).subspan(2));
  if (!number) return std::nullopt;
  name.number = *number;
  // One file has one name.
  if (print_number(name.number) != path.substr(path.find('/', 5) + 1)) return std::nullopt;
  return name;
}

Hash whole_root(std::span<const Hash> hashes) {
  Tile row(hashes.begin(), hashes.end());
  for (; row.size() > 1; row.resize(row.size() / 2)) {
    for (size_t i = 0; i < row.size() / 2; ++i) row[i] = node_hash(row[2 * i], row[2 * i + 1]);
  }
  return row.front();
}

ByteBuffer print_tile(std::span<const Hash> hashes) {
  ByteBuffer bytes;
  bytes.reserve(hashes.size() * sizeof(Hash));
  for (const Hash& hash : hashes) bytes.insert(bytes.end(), hash.bytes.begin(), hash.bytes.end());
  return bytes;
}

std::optional<Tile> parse_tile(ByteView bytes) {
  const size_t size = Hash().bytes.size();
  if (bytes.empty() || bytes.size() % size != 0 || bytes.size() > kTileWidth * size) return std::nullopt;
  Tile tile(bytes.size() / size);
  for (size_t i = 0; i < tile.size(); ++i) std::memcpy(tile[i].bytes.data(), &bytes[i * size], size);
  return tile;
}

void append_entry(ByteBuffer& bundle, ByteView entry) {
  bundle.push_back(static_cast<std::byte>(entry.size() >> 8));
  bundle.push_back(static_cast<std::byte>(entry.size() & 255));
  bundle.insert(bundle.end(), entry.begin(), entry.end());
}

std::optional<std::vector<ByteView>> parse_bundle(ByteView bundle, size_t count) {
  std::vector<ByteView> entries;
  while (!bundle.empty()) {
    if (bundle.size() < 2 || entries.size() == count) return std::nullopt;
    const size_t size = std::to_integer<size_t>(bundle[0]) << 8 | std::to_integer<size_t>(bundle[1]);
    if (bundle.size() - 2 < size) return std::nullopt;
    entries.push_back(bundle.subspan(2, size));
    bundle = bundle.subspan(2 + size);
  }
  if (entries.size() != count) return std::nullopt;
  return entries;
}

}  // namespace oree::ledger
