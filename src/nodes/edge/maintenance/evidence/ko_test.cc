#include <doctest/doctest.h>

#include "base/text.h"
#include "nodes/edge/maintenance/evidence/ko_evidence.h"
#include "nodes/edge/maintenance/evidence/sealed_parts.h"
#include "platform/crypto/crypto.h"
#include "platform/files/files.h"

using namespace oree;
using namespace oree::edge;
namespace fs = std::filesystem;

namespace {

KoRun::Part part(int number, bool refused) {
  return {.item = cat("item-", number),
          .refused = refused,
          .labels = {cat("label-", number % 2)},
          .models = {"ducks/1"},
          .at = WallTime(std::chrono::seconds(number))};
}

ByteBuffer bytes(size_t size, char fill) {
  const std::string text(size, fill);
  const auto view = as_bytes(text);
  return {view.begin(), view.end()};
}

// A folder that is gone when the test is.
struct Folder {
  fs::path path = fs::temp_directory_path() / cat("oree-ko-test-", crypto::new_uuid(0));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
};

// Items of one picture each, judged by the network "net" of the package in `folder`.
ItemSource source_of(const fs::path& folder, size_t picture_bytes) {
  const std::string network = crypto::sha256(as_bytes("net")).hex();
  return {[network](const std::string& id) -> Result<std::string> {
            return cat(R"({"id":")", id, R"(","binaries":{"top":{"sha256":"d","media_type":"image/jpeg"}},)",
                       R"("steps":[{"model":"ducks","model_version":"1","model_digest":")", network,
                       R"("}]})");
          },
          [picture_bytes](const std::string&) -> Result<ByteBuffer> { return bytes(picture_bytes, 'x'); },
          [folder](const std::string&, const std::string&) -> Result<fs::path> { return folder; }};
}

size_t count(const DataSet& set, std::string_view prefix) {
  size_t found = 0;
  for (const auto& one : set.parts) found += one.name.starts_with(prefix) ? 1 : 0;
  return found;
}

std::string detector_fact(const DataSet& set, std::string_view key) {
  for (const auto& [name, value] : set.facts)
    if (name == "detector") return *value.find(key)->text();
  return "";
}

KoSighting seen_of(int items) {
  KoRun run("line", items, items);
  std::optional<KoSighting> seen;
  for (int i = 0; i < items; ++i) seen = run.note(part(i, true));
  REQUIRE(seen);
  return *seen;
}

}  // namespace

TEST_CASE("A run is seen when so many of so many were refused, and counting begins anew") {
  KoRun run("line", 2, 3);
  CHECK(!run.note(part(1, true)));
  CHECK(!run.note(part(2, false)));
  CHECK(!run.note(part(3, false)));
  CHECK(!run.note(part(4, true)));  // the first has left the window
  const auto seen = run.note(part(5, true));
  REQUIRE(seen);
  CHECK(seen->items == std::vector<std::string>{"item-5", "item-4"});
  CHECK(seen->labels == std::vector<std::string>{"label-0", "label-1"});
  CHECK(seen->models == std::vector<std::string>{"ducks/1"});
  CHECK(seen->started == WallTime(std::chrono::seconds(4)));
  CHECK(!run.note(part(6, true)));
}

TEST_CASE("A long run names its newest hundred, and counts them all") {
  const auto seen = seen_of(250);
  CHECK(seen.count == 250);
  CHECK(seen.items.size() == 100);
  CHECK(seen.items.front() == "item-249");
}

TEST_CASE("Parts, pictures and the package that refused them are sealed") {
  const Folder folder;
  files::RealDisk disk;
  REQUIRE(disk.write(folder.path / "model.onnx", as_bytes("net")));
  REQUIRE(disk.make_folder(folder.path / "words"));
  REQUIRE(disk.write(folder.path / "words/labels.txt", as_bytes("good\n")));
  const auto set = data_set(seen_of(3), source_of(folder.path, 10));
  REQUIRE(set);
  CHECK(count(*set, "item/") == 3);
  CHECK(count(*set, "picture/") == 3);
  CHECK(count(*set, "model/ducks/1/") == 2);
  CHECK(detector_fact(*set, "model") == "ducks/1");
  CHECK(detector_fact(*set, "model_digest").size() == 64);
}

TEST_CASE("A package that was changed since it judged is not sealed") {
  const Folder folder;
  files::RealDisk disk;
  REQUIRE(disk.write(folder.path / "model.onnx", as_bytes("another net")));
  const auto set = data_set(seen_of(3), source_of(folder.path, 10));
  REQUIRE(set);
  CHECK(count(*set, "model/") == 0);
  CHECK(detector_fact(*set, "model_digest").empty());
}

TEST_CASE("What an authority would not read is left out, the newest part never") {
  const Folder folder;
  const auto many = data_set(seen_of(60), source_of(folder.path, 10));
  REQUIRE(many);
  CHECK(count(*many, "item/") == 40);
  const auto large = data_set(seen_of(5), source_of(folder.path, 10 << 20));
  REQUIRE(large);
  CHECK(count(*large, "picture/") == 2);
  const auto huge = data_set(seen_of(5), source_of(folder.path, 30 << 20));
  REQUIRE(huge);
  CHECK(count(*huge, "item/item-4.json") == 1);
  CHECK(count(*huge, "picture/") == 1);
}

TEST_CASE("Sealed models are unpacked in folders of their own, and nowhere else") {
  const Unpacked good({{"model/ducks/1/model.onnx", bytes(3, 'n')}, {"item/a.json", bytes(2, '{')}});
  const auto folder = good.folder();
  REQUIRE(folder);
  CHECK(fs::file_size(*folder / "ducks/1/model.onnx") == 3);
  CHECK(!fs::exists(*folder / "a.json"));
  for (const auto* name : {"model/../../evil", "model//etc/evil", "model/", "model/a/./b"}) {
    const Unpacked bad({{name, bytes(3, 'n')}});
    REQUIRE(!bad.folder());
    CHECK(bad.folder().error().kind == ErrorKind::corrupt);
  }
}
