#include "nodes/hub/oci/uploads.h"

#include <doctest/doctest.h>

#include "base/testing/fake_clock.h"
#include "base/text.h"
#include "platform/files/testing/temp_folder.h"

namespace oree::hub {
namespace {

using crypto::HashAlgorithm;

struct Yard {
  files::testing::TempFolder folder;
  files::RealDisk disk;
  oree::testing::FakeClock clock;
  Blobs blobs{folder.path() / "blobs"};
  Uploads uploads{folder.path() / "uploads", blobs, disk, clock};

  Yard() {
    REQUIRE(blobs.prepare());
    REQUIRE(uploads.prepare());
  }
  std::string begin() {
    const auto id = uploads.begin();
    REQUIRE_MESSAGE(id, (id ? "" : id.error().what));
    return *id;
  }
};

oci::ContentDigest named(HashAlgorithm algorithm, std::string_view text) {
  return *oci::parse_content_digest(oci::content_digest(algorithm, as_bytes(text)));
}

TEST_CASE("ABlobInPiecesIsCheckedAgainstEitherAlgorithmAndLiesUnderItsSha256") {
  Yard yard;
  for (const auto algorithm : {HashAlgorithm::sha256, HashAlgorithm::sha512}) {
    const std::string text = cat("net", "work ", crypto::hash_name(algorithm));
    auto id = yard.begin();
    CHECK(yard.uploads.append(id, std::nullopt, as_bytes(text.substr(0, 3))) == 3U);
    CHECK(yard.uploads.append(id, 3, as_bytes(text.substr(3))) == text.size());
    const auto sha256 = yard.uploads.finish(id, named(algorithm, text));
    REQUIRE_MESSAGE(sha256, (sha256 ? "" : sha256.error().what));
    CHECK(*sha256 == crypto::sha256(as_bytes(text)));
    CHECK(as_text(yard.blobs.load(*sha256)->bytes) == text);
    id = yard.begin();
    CHECK(yard.uploads.append(id, 0, as_bytes("other")) == 5U);
    CHECK(yard.uploads.finish(id, named(algorithm, text)).error().kind == ErrorKind::corrupt);
    CHECK(yard.uploads.size(id).error().kind == ErrorKind::not_found);
  }
  CHECK(yard.uploads.finish(yard.begin(), named(HashAlgorithm::sha512, "")) == crypto::sha256({}));
}

TEST_CASE("UploadsThatWereLeftAloneMakeWayAndThoseAtWorkDoNot") {
  Yard yard;
  const auto left = yard.begin();
  REQUIRE(yard.uploads.append(left, 0, as_bytes("half a network")));
  yard.clock.advance(std::chrono::seconds(30));
  std::vector<std::string> others;
  while (others.size() + 1 < Uploads::kMost) others.push_back(yard.begin());
  CHECK(yard.uploads.begin().error().kind == ErrorKind::busy);
  yard.clock.advance(std::chrono::seconds(30));
  const auto late = yard.begin();  // the first was left alone for a minute, the others for half of one
  CHECK(yard.uploads.size(left).error().kind == ErrorKind::not_found);
  CHECK_FALSE(std::filesystem::exists(yard.folder.path() / "uploads" / left));
  for (const auto& id : others) CHECK(yard.uploads.size(id) == 0U);
  CHECK(yard.uploads.append(late, 0, as_bytes("x")) == 1U);
  CHECK(yard.uploads.begin().error().kind == ErrorKind::busy);
}

}  // namespace
}  // namespace oree::hub
