#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "services/inspection/cameras/folder_camera.h"
#include "services/inspection/cameras/lane.h"

using namespace oree;
using namespace oree::inspection;
namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path = fs::temp_directory_path() / ("oree-cameras-" + std::to_string(::getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path / name) << text; }
  CameraPlan plan(bool loop) const {
    return {.name = "top", .kind = CameraKind::folder, .path = path.string(), .loop = loop};
  }
};

std::string shown(Camera& camera) {
  auto frame = camera.capture({});
  return frame ? frame->source : "error: " + frame.error().what;
}

}  // namespace

TEST_CASE("AFolderIsShownInNameOrderAndLoops") {
  Folder folder;
  folder.write("b.JPG", "b");
  folder.write("a.png", "a");
  folder.write(".hidden.jpg", "h");
  folder.write("notes.txt", "n");
  auto camera = *FolderCamera::open(folder.plan(true), 1000);
  CHECK(shown(*camera) == "a.png");
  CHECK(shown(*camera) == "b.JPG");
  folder.write("c.jpeg", "c");
  CHECK(shown(*camera) == "a.png");
  CHECK(shown(*camera) == "b.JPG");
  CHECK(shown(*camera) == "c.jpeg");
}

TEST_CASE("AFolderShownOnceSaysWhenItIsEmpty") {
  Folder folder;
  folder.write("a.jpg", "a");
  auto camera = *FolderCamera::open(folder.plan(false), 1000);
  CHECK(shown(*camera) == "a.jpg");
  CHECK(shown(*camera).find("no more pictures") != std::string::npos);
}

TEST_CASE("AMissingFolderAndATooLargePictureAreNamed") {
  Folder folder;
  CameraPlan nowhere = folder.plan(true);
  nowhere.path += "/nowhere";
  const auto missing = FolderCamera::open(nowhere, 1000);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind == ErrorKind::not_found);
  CHECK(missing.error().what.find("nowhere") != std::string::npos);
  folder.write("a.jpg", std::string(2000, 'x'));
  auto camera = *FolderCamera::open(folder.plan(true), 1000);
  CHECK(shown(*camera).find("the limit is 1000") != std::string::npos);
}

TEST_CASE("ATruthTableWithoutItsColumnsIsRefused") {
  Folder folder;
  folder.write("truth.csv", "name,class\n");
  const auto camera = FolderCamera::open(folder.plan(true), 1000);
  REQUIRE_FALSE(camera);
  CHECK(camera.error().what.find("truth.csv:1") != std::string::npos);
}

TEST_CASE("ALaneRunsItsJobsInOrderAndFinishesThemBeforeItGoes") {
  Folder folder;
  folder.write("a.jpg", "a");
  std::vector<int> order;
  {
    Lane lane(*FolderCamera::open(folder.plan(true), 1000));
    for (int i = 0; i < 50; ++i) {
      lane.submit([&order, i](Camera&) { order.push_back(i); });
    }
  }
  REQUIRE(order.size() == 50);
  CHECK(std::ranges::is_sorted(order));
}
