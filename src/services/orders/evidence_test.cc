#include "services/orders/evidence.h"

#include <doctest/doctest.h>

#include "platform/crypto/crypto.h"
#include "platform/files/testing/fake_disk.h"
#include "services/orders/testing/sample.h"

namespace oree::orders {
namespace {

struct Sealed {
  testing::TempOrders temp;
  files::RealDisk disk;
  EvidenceStore store{disk, temp.folder() / "evidence"};
};

ByteBuffer bytes_of(std::string_view text) {
  const auto view = as_bytes(text);
  return {view.begin(), view.end()};
}

TEST_CASE("ThePhotosOfStrangersDoNotTakeTheLastOfTheDisk") {
  files::testing::FakeDisk disk;
  EvidenceStore store{disk, "evidence"};
  CHECK(store.keep_photo(bytes_of("a photo")));
  disk.set_capacity(200'000'000);
  const auto refused = store.keep_photo(bytes_of("another"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::full);
  CHECK(store.keep(bytes_of("another")));  // an order's evidence still finds room
}

TEST_CASE("WhatIsSealedIsFoundByItsDigest") {
  Sealed sealed;
  const PartBytes parts[] = {{"window.json", "application/json", bytes_of("[1,2]")},
                             {"again.json", "application/json", bytes_of("[1,2]")}};
  const auto evidence = sealed.store.seal({{"asset", "robot-1"}, {"b", 1}, {"a", 2.5}}, parts);
  REQUIRE(evidence);
  const auto manifest = sealed.store.load(evidence->digest);
  REQUIRE(manifest);
  CHECK(as_text(*manifest).starts_with(R"({"a":2.5,"asset":"robot-1","b":1,"format":"oree/evidence/v1")"));
  CHECK(evidence->parts[0].digest == evidence->parts[1].digest);
  CHECK(as_text(sealed.store.load(evidence->parts[0].digest).value()) == "[1,2]");
  // The same facts in another order are the same data set.
  const auto again = sealed.store.seal({{"b", 1}, {"a", 2.5}, {"asset", "robot-1"}}, parts);
  CHECK(again.value().digest == evidence->digest);
}

TEST_CASE("EvidenceAlteredOnDiskIsFound") {
  Sealed sealed;
  const auto digest = sealed.store.keep(as_bytes("the window")).value();
  const auto file = sealed.temp.folder() / "evidence" / digest.substr(0, 2) / digest;
  REQUIRE(sealed.disk.write(file, as_bytes("the windoe")));
  const auto loaded = sealed.store.load(digest);
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().kind == ErrorKind::corrupt);
  CHECK(loaded.error().what.find(digest) != std::string::npos);
  // Sealing it again mends it.
  REQUIRE(sealed.store.keep(as_bytes("the window")));
  CHECK(sealed.store.has(digest));
}

TEST_CASE("ADigestIsNoPath") {
  Sealed sealed;
  for (const char* wrong : {"", "..", "../../etc/passwd", "zz"})
    CHECK(sealed.store.load(wrong).error().kind == ErrorKind::invalid);
  CHECK(sealed.store.load(std::string(64, 'a')).error().kind == ErrorKind::not_found);
}

}  // namespace
}  // namespace oree::orders
