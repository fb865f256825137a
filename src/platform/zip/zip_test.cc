#include "platform/zip/zip.h"

#include <doctest/doctest.h>
#include <zip.h>

#include <string>
#include <vector>

#include "base/text.h"

using namespace oree;

namespace {

struct File {
  std::string name;
  std::string text;
  uint32_t unix_mode = 0;
};

// An archive of these, as libzip writes it.
std::string packed(const std::vector<File>& files) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(target);
  zip_t* archive = zip_open_from_source(target, ZIP_TRUNCATE, &error);
  REQUIRE(archive != nullptr);
  for (const File& file : files) {
    zip_source_t* from = zip_source_buffer(archive, file.text.data(), file.text.size(), 0);
    const auto index = zip_file_add(archive, file.name.c_str(), from, ZIP_FL_ENC_UTF_8);
    REQUIRE(index >= 0);
    const auto at = static_cast<uint64_t>(index);
    if (file.unix_mode != 0)
      zip_file_set_external_attributes(archive, at, 0, ZIP_OPSYS_UNIX, file.unix_mode << 16);
  }
  REQUIRE(zip_close(archive) == 0);
  std::string out;
  zip_source_open(target);
  char part[4096];
  for (zip_int64_t got; (got = zip_source_read(target, part, sizeof part)) > 0;)
    out.append(part, static_cast<size_t>(got));
  zip_source_close(target);
  zip_source_free(target);
  return out;
}

Result<zip::Archive> opened(const std::string& bytes, const zip::Limits& limits = {}) {
  return zip::Archive::open(as_bytes(bytes), "a.zip", limits);
}

// Every place of `from` in the archive, which has the length of `to`.
std::string renamed(std::string archive, std::string_view from, std::string_view to) {
  REQUIRE(from.size() == to.size());
  for (size_t at = 0; (at = archive.find(from, at)) != std::string::npos;) archive.replace(at, to.size(), to);
  return archive;
}

std::string refusal(const std::string& bytes, const zip::Limits& limits = {}) {
  const auto archive = opened(bytes, limits);
  REQUIRE(!archive);
  CHECK(archive.error().what.starts_with("a.zip: "));
  return archive.error().what;
}

bool holds(const std::string& text, std::string_view part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("GivesTheBytesOfEachFileAndListsNoFolders") {
  const std::string archive =
      packed({{"labels.txt", "a\nb\n", 0}, {"python/", "", 0}, {"python/x.py", "pass", 0}});
  const auto found = opened(archive);
  REQUIRE(found);
  CHECK(found->entries().size() == 2);
  REQUIRE(found->find("labels.txt") != nullptr);
  CHECK(found->read(*found->find("labels.txt")).value() == "a\nb\n");
  CHECK(found->find("LABELS.TXT") == nullptr);
}

TEST_CASE("RefusesNamesThatLeaveTheFolderOrHideInIt") {
  for (const std::string name :
       {"../x.txt", "/etc/xx", "a/../b/", "C:/x.tx", "a\\b.txt", "a//b.tx", "a/./b/x",
        "a\x01"
        "b.txt"}) {
    const std::string plain(name.size(), 'q');
    CAPTURE(name);
    CHECK(refusal(renamed(packed({{plain, "x", 0}}), plain, name)).size() > 10);
  }
}

TEST_CASE("RefusesTwoFilesOfOneNameAlsoWhenTheyDifferByCapitals") {
  holds(refusal(renamed(packed({{"one.txt", "x", 0}, {"two.txt", "y", 0}}), "two.txt", "one.txt")), "twice");
  holds(refusal(packed({{"one.txt", "x", 0}, {"ONE.txt", "y", 0}})), "is there twice");
}

TEST_CASE("RefusesLinksAndDevices") {
  holds(refusal(packed({{"model.onnx", "/etc/passwd", 0120777}})), "is a link or a device");
  holds(refusal(packed({{"model.onnx", "", 0020666}})), "is a link or a device");
  CHECK(opened(packed({{"model.onnx", "x", 0100644}})));
}

TEST_CASE("RefusesWhatUnpacksBeyondItsLimits") {
  const std::string zeros(8u << 20, '\0');
  const std::string bomb = packed({{"zeros", zeros, 0}});
  CHECK(bomb.size() < 20'000);
  CHECK(opened(bomb));  // 8 MiB are no danger
  holds(refusal(bomb, {.free_bytes = 1 << 20}), "times the archive");
  holds(refusal(bomb, {.entry_bytes = 1 << 20}), "the limit is 1048576");
  holds(refusal(packed({{"a", zeros, 0}, {"b", zeros, 0}}), {.total_bytes = 12u << 20}), "too large");
  holds(refusal(packed({{"a", "", 0}, {"b", "", 0}}), {.entries = 1}), "has 2 entries");
}

TEST_CASE("TellsDamageFromWholeness") {
  const std::string good = packed({{"labels.txt", std::string(5000, 'x') + "end", 0}});
  for (size_t cut = 0; cut < good.size(); cut += 3) CHECK_FALSE(opened(good.substr(0, cut)).has_value());
  size_t refused = 0;
  for (size_t at = 40; at + 1 < good.size() && at < 70; ++at) {  // the packed bytes
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x11);
    const auto archive = opened(bad);
    if (!archive || !archive->read(archive->entries()[0])) ++refused;
  }
  CHECK(refused == 30);
}

TEST_CASE("RefusesEncryptedFiles") {
  zip_error_t error;
  zip_error_init(&error);
  std::string bytes = packed({{"model.onnx", "secret", 0}});
  // The flag of encryption in both headers, as any packer sets it.
  for (const std::string_view magic :
       {std::string_view("PK\x03\x04", 4), std::string_view("PK\x01\x02", 4)}) {
    const size_t at = bytes.find(magic) + (magic[2] == 3 ? 6 : 8);
    bytes[at] = static_cast<char>(bytes[at] | 1);
  }
  holds(refusal(bytes), "is encrypted");
}
