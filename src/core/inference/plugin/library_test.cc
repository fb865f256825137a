#include "core/inference/plugin/library.h"

#include <doctest/doctest.h>

#include "core/inference/plugin/plugin.h"
#include "platform/files/testing/temp_folder.h"

namespace oree::inference {
namespace {

using files::testing::TempFolder;

const LibrarySearch kSearch{.what = "Thing",
                            .variable = "OREE_NO_SUCH_VARIABLE",
                            .names = {"libthing.so"},
                            .folders = {"/build/lib"},
                            .way_out = "Fetch it."};

TEST_CASE("ALibraryIsLookedForBesideTheProgramThenInTheBuildTreeThenByTheLoader") {
  const auto usual = library_candidates(kSearch, "", "/opt/oree/bin");
  CHECK(usual.front() == "/opt/oree/bin/../lib/oree/libthing.so");
  CHECK(usual[usual.size() - 2] == "/build/lib/libthing.so");
  CHECK(usual.back() == "libthing.so");
  CHECK(library_candidates(kSearch, "/a/file.so", "/opt/oree/bin") ==
        std::vector<std::filesystem::path>{"/a/file.so"});
}

TEST_CASE("AMissingLibraryIsSaidWithAllPlacesAndTheWayOut") {
  const auto none = Library::open_first(kSearch, library_candidates(kSearch, "/nowhere/libthing.so", ""));
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().kind == ErrorKind::unavailable);
  CHECK(none.error().what.find("/nowhere/libthing.so") != std::string::npos);
  CHECK(none.error().what.find("Fetch it.") != std::string::npos);
}

TEST_CASE("AFunctionThatALibraryLacksIsNamed") {
  Result<Library> library = Library::open("libm.so.6");
  REQUIRE(library.has_value());
  double (*cosine)(double) = nullptr;
  int (*nothing)() = nullptr;
  CHECK(library->find("cos", cosine));
  CHECK(cosine(0) == 1);
  CHECK_FALSE(library->find("no_such_function", nothing));
  CHECK(library->missing() == "no_such_function");
}

TEST_CASE("APluginThatIsNotThereIsUnavailable") {
  const auto backend = open_plugin("nothing");
  REQUIRE_FALSE(backend.has_value());
  CHECK(backend.error().kind == ErrorKind::unavailable);
  CHECK(backend.error().what.find("liboree_nothing.so") != std::string::npos);
}

}  // namespace
}  // namespace oree::inference
