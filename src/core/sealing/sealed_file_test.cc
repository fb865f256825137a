#include "core/sealing/sealed_file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/text.h"
#include "core/sealing/key_file.h"
#include "platform/files/testing/temp_folder.h"

namespace oree::sealing {
namespace {

namespace fs = std::filesystem;
using files::testing::TempFolder;

constexpr uint32_t kSegment = 64u << 10;
constexpr uint64_t kPlenty = 1u << 30;

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

KeyFile key_of(uint8_t seed) {
  return {*crypto::SecretKey::from_bytes(ByteBuffer(32, std::byte{seed})), "test"};
}

std::string content(size_t size) {
  std::string out(size, '\0');
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 2'654'435'761u >> 24);
  return out;
}

// A file of `size` bytes, sealed for `key`.
fs::path sealed(const TempFolder& folder, size_t size, KeySource& key) {
  const fs::path plain = folder.write("model.onnx", content(size));
  const fs::path out = folder.path() / "model.onnx.sealed";
  const auto done = seal_file(plain, out, {&key}, {.segment_bytes = kSegment});
  REQUIRE_MESSAGE(done.has_value(), done.error().what);
  return out;
}

size_t header_bytes(const std::string& file) {
  size_t size = 0;
  REQUIRE(parse_header(as_bytes(file), size).has_value());
  return size;
}

TEST_CASE("WhatWasSealedOpensAgainWhateverItsSize") {
  TempFolder folder;
  KeyFile key = key_of(1);
  for (const size_t size : {0u, 1u, kSegment - 1, kSegment, kSegment + 1, 5 * kSegment, 5 * kSegment + 77}) {
    CAPTURE(size);
    const fs::path file = sealed(folder, size, key);
    const auto plain = open_sealed(file, key, kPlenty);
    REQUIRE_MESSAGE(plain.has_value(), plain.error().what);
    CHECK(as_text(plain->bytes()) == content(size));
    REQUIRE(unseal_file(file, key, folder.path() / "back").has_value());
    CHECK(read(folder.path() / "back") == content(size));
    if (size > 100) CHECK(read(file).find(content(size).substr(0, 64)) == std::string::npos);
  }
}

TEST_CASE("TheSameFileSealedTwiceIsNeverTheSameBytes") {
  TempFolder folder;
  KeyFile key = key_of(1);
  const std::string first = read(sealed(folder, 1'000, key));
  const std::string second = read(sealed(folder, 1'000, key));
  CHECK(first.substr(header_bytes(first)) != second.substr(header_bytes(second)));
}

TEST_CASE("AFileCutShortIsRefusedWhereverItWasCut") {
  TempFolder folder;
  KeyFile key = key_of(1);
  const fs::path file = sealed(folder, 3 * kSegment + 10, key);
  const std::string whole = read(file);
  for (size_t length = 0; length < whole.size(); length += 4'099) {
    CAPTURE(length);
    folder.write("model.onnx.sealed", whole.substr(0, length));
    const auto opened = open_sealed(file, key, kPlenty);
    REQUIRE_FALSE(opened.has_value());
    if (length > header_bytes(whole)) CHECK(opened.error().what.find("cut short") != std::string::npos);
  }
  folder.write("model.onnx.sealed", whole + "x");
  CHECK(open_sealed(file, key, kPlenty).error().kind == ErrorKind::corrupt);
}

// Whoever cuts may also write a header that fits: then the last segment is not marked as such.
TEST_CASE("AShorterSizeInTheHeaderDoesNotHideACut") {
  TempFolder folder;
  KeyFile key = key_of(1);
  const fs::path file = sealed(folder, 3 * kSegment, key);
  const std::string whole = read(file);
  auto header = *read_header(file);
  const size_t start = header_bytes(whole);
  header.plain_bytes = 2 * kSegment;
  folder.write("model.onnx.sealed", print(header) + whole.substr(start, 2 * (kSegment + 16)));
  const auto opened = open_sealed(file, key, kPlenty);
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().kind == ErrorKind::corrupt);
}

TEST_CASE("MovedAndForeignSegmentsAreToldApart") {
  TempFolder folder, other;
  KeyFile key = key_of(1);
  const fs::path file = sealed(folder, 4 * kSegment, key);
  const std::string whole = read(file);
  const size_t start = header_bytes(whole), step = kSegment + 16;
  std::string moved = whole;
  moved.replace(start + step, step, whole, start + 2 * step, step);
  moved.replace(start + 2 * step, step, whole, start + step, step);
  folder.write("model.onnx.sealed", moved);
  CHECK(open_sealed(file, key, kPlenty).error().what.find("number 3 lies in the place of number 2") !=
        std::string::npos);
  const std::string foreign = read(sealed(other, 4 * kSegment, key));
  std::string mixed = whole;
  mixed.replace(start + step, step, foreign, header_bytes(foreign) + step, step);
  folder.write("model.onnx.sealed", mixed);
  CHECK(open_sealed(file, key, kPlenty).error().what.find("comes from another file") != std::string::npos);
}

TEST_CASE("EveryChangedByteIsRefusedAndNothingIsLeftBehind") {
  TempFolder folder;
  KeyFile key = key_of(1);
  const fs::path file = sealed(folder, 2 * kSegment + 5, key);
  const std::string whole = read(file);
  const size_t start = header_bytes(whole);
  for (size_t at = 0; at < whole.size(); at += at < start + 40 ? 1 : 3'001) {
    CAPTURE(at);
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    folder.write("model.onnx.sealed", changed);
    CHECK_FALSE(unseal_file(file, key, folder.path() / "plain").has_value());
    CHECK_FALSE(fs::exists(folder.path() / "plain"));
    CHECK_FALSE(fs::exists(folder.path() / "plain.unfinished"));
  }
}

TEST_CASE("AnotherBoxesKeyIsDeniedAndNamed") {
  TempFolder folder;
  KeyFile mine = key_of(1), theirs = key_of(2);
  const fs::path file = sealed(folder, 100, mine);
  const auto opened = open_sealed(file, theirs, kPlenty);
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().kind == ErrorKind::denied);
  CHECK(opened.error().what.find(mine.id()) != std::string::npos);
  CHECK(opened.error().what.find(theirs.id()) != std::string::npos);
  REQUIRE(rewrap_file(file, mine, theirs, false).has_value());
  CHECK(open_sealed(file, theirs, kPlenty).has_value());
  CHECK(open_sealed(file, mine, kPlenty).has_value());
  REQUIRE(rewrap_file(file, mine, theirs, true).has_value());
  CHECK(open_sealed(file, theirs, kPlenty).has_value());
  CHECK(open_sealed(file, mine, kPlenty).error().kind == ErrorKind::denied);
}

TEST_CASE("MoreThanTheCallerAllowsIsRefusedBeforeItIsRead") {
  TempFolder folder;
  KeyFile key = key_of(1);
  CHECK(open_sealed(sealed(folder, 1'000, key), key, 999).error().kind == ErrorKind::invalid);
}

TEST_CASE("AKeyFileIsItsOwnersAloneAndSaysThatItIsWeak") {
  TempFolder folder;
  const fs::path file = folder.path() / "kek.key";
  const auto id = make_key_file(file);
  REQUIRE(id.has_value());
  const auto key = KeyFile::open(file);
  REQUIRE(key.has_value());
  CHECK((*key)->id() == *id);
  CHECK((*key)->weakness().find("whoever copies this disk") != std::string::npos);
  CHECK(make_key_file(file).error().kind == ErrorKind::conflict);
  ::chmod(file.c_str(), 0640);
  CHECK(KeyFile::open(file).error().kind == ErrorKind::denied);
  ::chmod(file.c_str(), 0600);
  std::string text = read(file);
  text[40] = text[40] == 'A' ? 'B' : 'A';
  std::ofstream(file) << text;
  CHECK(KeyFile::open(file).error().kind == ErrorKind::invalid);
  CHECK(KeyFile::open(folder.path() / "none").error().kind == ErrorKind::not_found);
}

}  // namespace
}  // namespace oree::sealing
