#include "platform/crypto/key_file.h"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>

using namespace oree;
using namespace oree::crypto;

namespace {

struct Folder {
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "oree-key-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path path;
};

}  // namespace

TEST_CASE("AKeyIsMadeOnceAndOnlyItsOwnerReadsIt") {
  const Folder folder;
  const auto file = folder.path / "authority.key";
  const auto made = open_key(file);
  REQUIRE(made);
  struct stat facts{};
  REQUIRE(::stat(file.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
  const auto again = open_key(file);
  REQUIRE(again);
  CHECK(again->public_key() == made->public_key());
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);
}

TEST_CASE("AKeyThatOthersCanReadIsNotUsed") {
  const Folder folder;
  const auto file = folder.path / "authority.key";
  REQUIRE(open_key(file));
  for (const mode_t mode : {0640u, 0604u, 0644u}) {
    ::chmod(file.c_str(), mode);
    const auto key = open_key(file);
    REQUIRE(!key);
    CHECK(key.error().kind == ErrorKind::denied);
    CHECK(key.error().what.find("chmod 600") != std::string::npos);
  }
}

TEST_CASE("AFileThatHoldsNoKeyIsNotReplaced") {
  const Folder folder;
  const auto file = folder.path / "authority.key";
  std::ofstream(file) << "not a key";
  ::chmod(file.c_str(), 0600);
  CHECK(open_key(file).error().kind == ErrorKind::corrupt);
  CHECK(std::filesystem::file_size(file) == 9);
  CHECK(!open_key(folder.path / "nowhere" / "authority.key"));
}
