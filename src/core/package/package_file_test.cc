#include "core/package/package_file.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

#include "core/package/history.h"
#include "core/package/provenance.h"

namespace oree::package {
namespace {

namespace fs = std::filesystem;

struct Folder {
  fs::path path;
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "oree-package-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~Folder() { fs::remove_all(path); }
  void write(const fs::path& name, std::string_view content) const {
    fs::create_directories((path / name).parent_path());
    std::ofstream(path / name, std::ios::binary) << content;
  }
};

PackageFile packed(const Folder& folder) {
  folder.write("model.onnx", "a network");
  folder.write("model.yaml", "task: detection\n");
  folder.write("golden/1.json", "{}");
  folder.write("provenance.json", "{}");
  folder.write("signature.json", "not of the package");
  folder.write("history.jsonl", "neither");
  return {"ducks", "3", WallTime(std::chrono::seconds(1'000)), "oree test", *list_package(folder.path)};
}

TEST_CASE("APackageListsItsFilesWithTheirRolesButNotItsSignature") {
  const Folder folder;
  const PackageFile package = packed(folder);
  REQUIRE(package.files.size() == 4);
  CHECK(package.files[0].path == "golden/1.json");
  CHECK(package.files[0].role == Role::dataset);
  CHECK(package.files[1].role == Role::weights);
  CHECK(package.files[2].role == Role::config);
  CHECK(package.files[3].role == Role::doc);
  const auto again = parse_package(print(package));
  REQUIRE_MESSAGE(again.has_value(), again.error().what);
  CHECK(print(*again) == print(package));
  CHECK(check_package(folder.path, *again).has_value());
}

TEST_CASE("WhatIsNoLongerAsPackedIsNamed") {
  const Folder folder;
  const PackageFile package = packed(folder);
  const auto told = [&] { return check_package(folder.path, package).error().what; };
  folder.write("model.yaml", "task: classification\n");
  CHECK(told().find("'model.yaml' was changed") != std::string::npos);
  folder.write("model.yaml", "task: detection\n");
  folder.write("more.txt", "");
  CHECK(told().find("'more.txt' was not packed") != std::string::npos);
  fs::remove(folder.path / "more.txt");
  fs::remove(folder.path / "model.onnx");
  CHECK(told().find("'model.onnx' is missing") != std::string::npos);
  fs::create_symlink("model.yaml", folder.path / "link");
  CHECK(told().find("is a link") != std::string::npos);
}

TEST_CASE("APackageThatNamesFilesOutsideItsFolderIsRefused") {
  const Folder folder;
  const std::string good = print(packed(folder));
  for (const std::string_view path : {"../model.onnx", "/etc/passwd", ""}) {
    std::string bad = good;
    bad.replace(bad.find("model.onnx"), 10, path);
    CHECK(parse_package(bad).error().kind == ErrorKind::invalid);
  }
  std::string later = good;
  later.replace(later.find("oree-package/1"), 14, "oree-package/2");
  CHECK(parse_package(later).error().kind == ErrorKind::unsupported);
  CHECK(parse_package("{}").error().kind == ErrorKind::invalid);
  CHECK(parse_package("").error().kind == ErrorKind::invalid);
}

TEST_CASE("ProvenanceComesBackAsItWasWritten") {
  Provenance made;
  made.subjects = {{"model.onnx", crypto::sha256(as_bytes("int8"))}};
  made.recipe = "INT8, minmax";
  made.target = "vnni";
  made.source = Material{"float.onnx", crypto::sha256(as_bytes("float"))};
  made.data = Material{"samples", crypto::sha256(as_bytes("data"))};
  made.notes = {{"by", "line 3"}};
  made.tool = "oree test";
  made.made = WallTime(std::chrono::seconds(5));
  const auto again = parse_provenance(print(made));
  REQUIRE_MESSAGE(again.has_value(), again.error().what);
  CHECK(again->source->digest == made.source->digest);
  CHECK(again->data->name == "samples");
  CHECK(print(*again) == print(made));
  CHECK_FALSE(parse_provenance("{}").has_value());
}

TEST_CASE("AHistoryGrowsByLinesAndSurvivesNonsense") {
  const Folder folder;
  CHECK(load_history(folder.path).empty());
  REQUIRE(
      append_history(folder.path, {WallTime(std::chrono::seconds(1)), "packed", "oree", "aa"}).has_value());
  std::ofstream(folder.path / "history.jsonl", std::ios::app) << "nonsense\n{}\n";
  REQUIRE(
      append_history(folder.path, {WallTime(std::chrono::seconds(2)), "signed", "key", "aa"}).has_value());
  const auto history = load_history(folder.path);
  REQUIRE(history.size() == 2);
  CHECK(history[1].what == "signed");
}

}  // namespace
}  // namespace oree::package
