#include "core/ledger/tree/merkle.h"

#include <doctest/doctest.h>

#include "base/text.h"
#include "core/ledger/tree/tile_tree.h"
#include "platform/files/testing/fake_disk.h"

namespace oree::ledger {
namespace {

// The entries and roots of Certificate Transparency's own tests, for trees of 1 to 8 entries.
const std::vector<std::string> kEntries{
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
const std::vector<std::string> kRoots{"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

Hash hash_of(const std::string& hex) {
  return *crypto::parse_digest(hex);
}

std::vector<Hash> hashes_of(const std::vector<std::string>& texts) {
  std::vector<Hash> hashes;
  for (const auto& text : texts) hashes.push_back(hash_of(text));
  return hashes;
}

std::vector<Hash> published_leaves() {
  std::vector<Hash> leaves;
  for (const auto& entry : kEntries) leaves.push_back(leaf_hash(*from_hex(entry)));
  return leaves;
}

std::vector<Hash> numbered_leaves(size_t count) {
  std::vector<Hash> leaves;
  for (size_t i = 0; i < count; ++i) leaves.push_back(leaf_hash(as_bytes(cat("entry ", i))));
  return leaves;
}

TEST_CASE("RootsAreThePublishedOnes") {
  const auto leaves = published_leaves();
  CHECK(empty_root().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(*tree_root(0, source_of(leaves)) == empty_root());
  for (size_t size = 1; size <= leaves.size(); ++size)
    CHECK(tree_root(size, source_of(leaves))->hex() == kRoots[size - 1]);
}

TEST_CASE("InclusionProofsAreThePublishedOnes") {
  const auto leaves = published_leaves();
  const auto source = source_of(leaves);
  CHECK(*prove_inclusion(0, 1, source) == std::vector<Hash>{});
  CHECK(*prove_inclusion(0, 8, source) ==
        hashes_of({"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                   "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                   "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}));
  CHECK(*prove_inclusion(5, 8, source) ==
        hashes_of({"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                   "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                   "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}));
  CHECK(*prove_inclusion(2, 3, source) == hashes_of({kRoots[1]}));
}

TEST_CASE("ConsistencyProofsAreThePublishedOnes") {
  const auto leaves = published_leaves();
  const auto source = source_of(leaves);
  CHECK(*prove_consistency(6, 8, source) ==
        hashes_of({"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                   "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                   "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}));
  CHECK(*prove_consistency(2, 5, source) ==
        hashes_of({"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                   "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}));
  CHECK(prove_consistency(1, 1, source)->empty());
  CHECK(prove_consistency(0, 8, source)->empty());
}

TEST_CASE("EveryEntryOfEveryTreeIsProvenAndNoOther") {
  const auto leaves = numbered_leaves(40);
  const auto source = source_of(leaves);
  for (uint64_t size = 1; size <= leaves.size(); ++size) {
    const Hash root = *tree_root(size, source);
    for (uint64_t index = 0; index < size; ++index) {
      auto path = *prove_inclusion(index, size, source);
      REQUIRE(verify_inclusion(leaves[index], index, size, path, root));
      CHECK_FALSE(verify_inclusion(leaves[(index + 1) % 40], index, size, path, root));
      if (size > 1) CHECK_FALSE(verify_inclusion(leaves[index], (index + 1) % size, size, path, root));
      CHECK_FALSE(verify_inclusion(leaves[index], index, size, path, empty_root()));
      path.push_back(root);
      CHECK_FALSE(verify_inclusion(leaves[index], index, size, path, root));
      path.pop_back();
      if (path.empty()) continue;
      path.front().bytes[7] ^= std::byte{1};
      CHECK_FALSE(verify_inclusion(leaves[index], index, size, path, root));
      path.pop_back();
      CHECK_FALSE(verify_inclusion(leaves[index], index, size, path, root));
    }
  }
  CHECK_FALSE(prove_inclusion(5, 5, source));
}

TEST_CASE("EveryTreeIsProvenToHaveGrownAndNoForkIs") {
  const auto leaves = numbered_leaves(40);
  const auto source = source_of(leaves);
  auto forked_leaves = leaves;
  forked_leaves[0] = leaves[1];
  const auto forked = source_of(forked_leaves);
  for (uint64_t old_size = 1; old_size <= leaves.size(); ++old_size) {
    for (uint64_t size = old_size; size <= leaves.size(); ++size) {
      const Hash old_root = *tree_root(old_size, source);
      const Hash root = *tree_root(size, source);
      auto path = *prove_consistency(old_size, size, source);
      REQUIRE(verify_consistency(old_size, size, old_root, root, path));
      const Hash other = *tree_root(size, forked);
      CHECK_FALSE(
          verify_consistency(old_size, size, old_root, other, *prove_consistency(old_size, size, forked)));
      CHECK_FALSE(verify_consistency(old_size, size, old_root, other, path));
      path.push_back(root);
      CHECK_FALSE(verify_consistency(old_size, size, old_root, root, path));
      path.pop_back();
      if (path.empty()) continue;
      path.back().bytes[31] ^= std::byte{128};
      CHECK_FALSE(verify_consistency(old_size, size, old_root, root, path));
      path.pop_back();
      CHECK_FALSE(verify_consistency(old_size, size, old_root, root, path));
    }
  }
  CHECK(verify_consistency(0, 3, empty_root(), *tree_root(3, source), {}));
  CHECK_FALSE(verify_consistency(0, 3, *tree_root(3, source), *tree_root(3, source), {}));
  CHECK_FALSE(verify_consistency(0, 0, empty_root(), leaves[0], {}));
}

TEST_CASE("TilesAreCalledAsTheFormatSays") {
  CHECK(print_tile_name({.level = 0, .number = 1'234'067}) == "tile/0/x001/x234/067");
  CHECK(print_tile_name({.entries = true, .number = 7, .width = 112}) == "tile/entries/007.p/112");
  for (const TileName& name :
       {TileName{.level = 3, .number = 999}, TileName{.level = 63, .number = 1000},
        TileName{.entries = true, .number = 18'446'744'073'709'551'615u, .width = 255}})
    CHECK(parse_tile_name(print_tile_name(name)) == name);
  for (const std::string wrong :
       {"", "tile", "tile/0", "tile/0/", "tile/64/000", "tile/00/000", "tile/0/0", "tile/0/x000/000",
        "tile/0/1000", "tile/0/001/002", "tile/0/x001", "tile/0/001.p/0", "tile/0/001.p/256",
        "tile/0/001.p/01", "tile/0/-01", "tile/entries/../000", "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tiles/0/000", "tile/0/001/"})
    CHECK_MESSAGE(!parse_tile_name(wrong), wrong);
}

TEST_CASE("ATreeOfTilesIsTheSameTree") {
  files::testing::FakeDisk disk;
  const auto leaves = numbered_leaves(70'000);
  const auto plain = source_of(leaves);
  TileTree tree("/log", disk);
  tree.append(leaves);
  std::vector<TileName> names;
  for (const auto& [name, tile] : tree.without_file()) {
    const files::Path path = files::Path("/log") / print_tile_name(name);
    REQUIRE(disk.make_folder(path.parent_path()));
    REQUIRE(disk.write(path, print_tile(tile)));
    names.push_back(name);
  }
  CHECK(names.size() == 274);  // 273 and 1, as the format's own example counts
  TileTree restored("/log", disk);
  REQUIRE(restored.restore(273 * 256));
  restored.append(std::span(leaves).subspan(273 * 256));
  tree.forget(tree.without_file());
  for (const uint64_t size : {1u, 255u, 256u, 257u, 65'536u, 65'537u, 69'999u, 70'000u}) {
    const Hash root = *tree_root(size, plain);
    CHECK(*tree.root(size) == root);
    CHECK(*restored.root(size) == root);
    const auto path = prove_inclusion(size / 3, size, restored.source());
    REQUIRE(path);
    CHECK(verify_inclusion(leaves[size / 3], size / 3, size, *path, root));
    const auto grown = prove_consistency(size, 70'000, restored.source());
    REQUIRE(grown);
    CHECK(verify_consistency(size, 70'000, root, *tree_root(70'000, plain), *grown));
  }
  CHECK(restored.tile(1, 1, 17)->size() == 17);
  CHECK(restored.tile(2, 0, 1)->front() == *tree_root(65'536, plain));
  CHECK(restored.tile(0, 273, 113).error().kind == ErrorKind::not_found);
  CHECK(restored.tile(0, ~0ull, 1).error().kind == ErrorKind::not_found);
  CHECK(restored.root(70'001).error().kind == ErrorKind::not_found);
  disk.damage("/log/tile/0/005", 3, as_bytes("!"));
  TileTree damaged("/log", disk);
  REQUIRE(damaged.restore(273 * 256));
  CHECK(*damaged.root(69'888) == *tree_root(69'888, plain));  // not at the right edge: seen where it is used
  CHECK(*damaged.root(1500) != *tree_root(1500, plain));
}

}  // namespace
}  // namespace oree::ledger
