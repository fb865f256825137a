#include "core/graph/file.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

#include "core/graph/numbers.h"
#include "platform/files/testing/temp_folder.h"

namespace oree::graph {
namespace {

namespace fs = std::filesystem;

Model weighty() {
  Model model;
  model.opsets = {{"", 17}};
  model.graph.name = "g";
  std::vector<float> values(2000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  model.graph.initializers = {tensor_of("w", {2, 1000}, values), scalar("s", 3)};
  model.graph.inputs = {{"x", tensor_type(DataType::f32, {{1, ""}, {2, ""}})}};
  model.graph.outputs = {{"y", tensor_type(DataType::f32, {{1, ""}, {1000, ""}})}};
  model.graph.nodes = {make_node("MatMul", {"x", "w"}, {"y"})};
  return model;
}

Model pointing_to(const std::string& location, uint64_t offset = 0, int64_t length = -1) {
  Model model = weighty();
  model.graph.initializers[0].data = {};
  model.graph.initializers[0].external = {location, offset, length};
  return model;
}

// Where the shared data sets are; tests that need them say so and pass without.
fs::path shared_data() {
  const char* named = std::getenv("OREE_SHARED_DATA");
  return named != nullptr ? fs::path(named) : fs::path(OREE_SOURCE_DIR).parent_path() / "shared/data";
}

TEST_CASE("A model is stored and loaded again") {
  const files::testing::TempFolder folder;
  const fs::path file = folder.path() / "net.onnx";
  REQUIRE(store(weighty(), file));
  const auto model = load(file);
  REQUIRE(model);
  CHECK(model->graph.initializers[0].as<float>()[1999] == 1999.0f);
  CHECK(!fs::exists(file.string() + ".data"));
}

TEST_CASE("Large tensors go outside and come back") {
  const files::testing::TempFolder folder;
  const fs::path file = folder.path() / "net.onnx";
  REQUIRE(store(weighty(), file, {.external_from = 100}));
  CHECK(fs::file_size(file.string() + ".data") == 8000);
  CHECK(fs::file_size(file) < 1000);
  const auto model = load(file);
  REQUIRE(model);
  CHECK(model->graph.initializers[0].as<float>()[1999] == 1999.0f);
  CHECK(model->graph.initializers[0].external.empty());
  CHECK(model->graph.initializers[1].as<float>()[0] == 3.0f);
  const auto outside = load(file, {.external_data = false});
  REQUIRE(outside);
  CHECK(outside->graph.initializers[0].external.location == "net.onnx.data");
}

TEST_CASE("External data is followed only inside the model's folder") {
  const files::testing::TempFolder folder;
  const fs::path home = folder.path() / "home";
  fs::create_directory(home);
  std::ofstream(folder.path() / "secret") << std::string(8000, 'x');
  std::ofstream(home / "short") << std::string(100, 'x');
  std::ofstream(home / "good") << std::string(9000, 'x');
  fs::create_symlink(folder.path() / "secret", home / "link");
  fs::create_directory(home / "folder");
  const auto why = [&](const Model& model) {
    REQUIRE(store(model, home / "net.onnx"));
    const auto loaded = load(home / "net.onnx");
    return loaded ? std::string("loaded") : loaded.error().what;
  };
  CHECK(why(pointing_to("good")) == "loaded");
  CHECK(why(pointing_to("good", 1000)) == "loaded");
  CHECK(why(pointing_to("good", 999, 8000)) == "loaded");
  CHECK(why(pointing_to("../secret")).find("outside of the model's folder") != std::string::npos);
  CHECK(why(pointing_to((folder.path() / "secret").string())).find("outside of the model's folder") !=
        std::string::npos);
  CHECK(why(pointing_to("link")).find("outside of the model's folder") != std::string::npos);
  CHECK(why(pointing_to("absent")).find("is not beside the model") != std::string::npos);
  CHECK(why(pointing_to("folder")).find("is no regular file") != std::string::npos);
  CHECK(why(pointing_to("short")).find("which has 100; fetch that file again") != std::string::npos);
  CHECK(why(pointing_to("good", 2000)).find("lies at bytes 2000 to 10000") != std::string::npos);
  CHECK(why(pointing_to("good", ~uint64_t{0} - 7)).find("lies at bytes") != std::string::npos);
  CHECK(why(pointing_to("good", 0, 12)).find("does not have the 12 bytes") != std::string::npos);
}

TEST_CASE("What cannot be read names the file") {
  const files::testing::TempFolder folder;
  const auto absent = load(folder.path() / "none.onnx");
  REQUIRE(!absent);
  CHECK(absent.error().kind == ErrorKind::not_found);
  CHECK(absent.error().what.find("none.onnx") != std::string::npos);
  std::ofstream(folder.path() / "text.onnx") << "this is no network";
  const auto text = load(folder.path() / "text.onnx");
  REQUIRE(!text);
  CHECK(text.error().kind == ErrorKind::corrupt);
  CHECK(text.error().what.find("text.onnx: ") != std::string::npos);
}

TEST_CASE("Real models come back as they were") {
  if (!fs::exists(shared_data())) {
    MESSAGE("skipped: no data sets at " << shared_data());
    return;
  }
  const files::testing::TempFolder folder;
  for (const char* name : {"mnist/mnist.onnx", "yolox-nano/yolox_nano.onnx", "fastestdet/FastestDet.onnx"}) {
    CAPTURE(name);
    const auto model = load(shared_data() / name);
    REQUIRE(model);
    REQUIRE(!model->graph.nodes.empty());
    REQUIRE(store(*model, folder.path() / "again.onnx"));
    const auto again = load(folder.path() / "again.onnx");
    REQUIRE(again);
    CHECK(*onnx::print(*again) == *onnx::print(*model));
  }
}

}  // namespace
}  // namespace oree::graph
