#include "core/modelconfig/repository/model_folder.h"

#include <doctest/doctest.h>

#include "core/modelconfig/repository/inline_model.h"
#include "platform/files/testing/temp_folder.h"

namespace oree::modelconfig {
namespace {

namespace fs = std::filesystem;
using files::testing::TempFolder;

TEST_CASE("AFolderIsReadAsItLies") {
  TempFolder repository;
  repository.write("m/config.pbtxt", "max_batch_size: 3\n");
  repository.write("m/labels.txt", "a\nb\n");
  repository.write("m/1/model.onnx", "12345");
  repository.write("m/10/model.tflite", "1");
  repository.write("m/01/model.onnx", "1");
  repository.write("m/0/model.onnx", "1");
  repository.write("README", "no model");
  repository.write(".git/x", "no model");
  CHECK(*model_names(repository.path()) == std::vector<std::string>{"m"});
  const auto model = read_model_folder(repository.path(), "m");
  REQUIRE(model.has_value());
  CHECK_FALSE(model->fault.has_value());
  CHECK(model->config.max_batch_size == 3);
  REQUIRE(model->versions.size() == 2);
  CHECK(model->versions.at(1).bytes == 5);
  CHECK(find_network(model->versions.at(1), {})->filename() == "model.onnx");
  CHECK(find_network(model->versions.at(10), {})->filename() == "model.tflite");
  CHECK(read_model_folder(repository.path(), "n").error().kind == ErrorKind::not_found);
}

TEST_CASE("MarksChangeWithTheFilesAndOnlyThen") {
  TempFolder repository;
  repository.write("m/1/model.onnx", "12345");
  repository.write("m/2/model.onnx", "12345");
  const auto before = *read_model_folder(repository.path(), "m");
  const auto same = *read_model_folder(repository.path(), "m");
  CHECK(before.mark == same.mark);
  CHECK(before.versions.at(1).mark == same.versions.at(1).mark);
  repository.write("m/1/model.onnx", "123456");
  repository.write("m/config.pbtxt", "");
  const auto after = *read_model_folder(repository.path(), "m");
  CHECK(after.versions.at(1).mark != before.versions.at(1).mark);
  CHECK(after.versions.at(2).mark == before.versions.at(2).mark);
  CHECK(after.mark != before.mark);
}

TEST_CASE("LinksThatLeadOutOfTheModelAreItsFault") {
  TempFolder repository, elsewhere;
  elsewhere.write("secret.onnx", "x");
  repository.write("m/1/weights.bin", "x");
  fs::create_symlink("weights.bin", repository.path() / "m/1/model.onnx");
  CHECK_FALSE(read_model_folder(repository.path(), "m")->fault.has_value());
  fs::create_symlink(elsewhere.path() / "secret.onnx", repository.path() / "m/1/other.onnx");
  const auto model = read_model_folder(repository.path(), "m");
  REQUIRE(model->fault.has_value());
  CHECK(model->fault->kind == ErrorKind::denied);
  CHECK(model->fault->what.find("leads out of the model's folder") != std::string::npos);
  CHECK_FALSE(read_model_folder(repository.path(), "m", {"", true})->fault.has_value());
  repository.write("n/config.pbtxt", "");
  fs::create_directory_symlink(elsewhere.path(), repository.path() / "n/1");
  CHECK(read_model_folder(repository.path(), "n")->fault.has_value());
}

TEST_CASE("AMistakeInTheConfigurationIsTheModelsFault") {
  TempFolder repository;
  repository.write("m/1/model.onnx", "x");
  repository.write("m/config.pbtxt", "max_batch: 3");
  const auto model = read_model_folder(repository.path(), "m");
  REQUIRE(model->fault.has_value());
  CHECK(model->fault->what.find("config.pbtxt:1:1: no field 'max_batch'") != std::string::npos);
  repository.write("m/configs/b.pbtxt", "max_batch_size: 7");
  CHECK(read_model_folder(repository.path(), "m", {"b"})->config.max_batch_size == 7);
}

TEST_CASE("TheNetworksFileIsLookedForByName") {
  TempFolder repository;
  repository.write("m/1/model.onnx/model.onnx", "x");
  repository.write("m/2/net.onnx", "x");
  repository.write("m/3/model.plan", "x");
  const auto model = *read_model_folder(repository.path(), "m");
  CHECK(*find_network(model.versions.at(1), {}) == repository.path() / "m/1/model.onnx/model.onnx");
  ModelConfig config;
  config.name = "m";
  CHECK(find_network(model.versions.at(2), config).error().what ==
        "unable to find '" + (repository.path() / "m/2/model.onnx").string() + "' for model 'm'");
  CHECK(find_network(model.versions.at(3), config).error().kind == ErrorKind::unsupported);
  config.default_model_filename = "net.onnx";
  CHECK(find_network(model.versions.at(2), config).has_value());
}

TEST_CASE("NamesThatClimbAreRefused") {
  for (const char* name : {"..", "../m", "a/b", ".", "a\\b"}) {
    CHECK(check_model_name(name).error().what == "model name must not contain path traversal characters");
  }
  CHECK(check_model_name("").error().what ==
        "Model name cannot be empty. Please enter a valid name to deploy.");
  CHECK(check_model_name("resnet 50.v2").has_value());
  for (const char* path : {"../x", "/etc/passwd", "1/../../x", "1/", "", "1\\x"}) {
    CHECK_FALSE(check_inline_path(path).has_value());
  }
}

TEST_CASE("ASentModelLiesInAFolderThatGoesAgain") {
  Path where;
  {
    const auto folder = files::PrivateFolder::create();
    REQUIRE(folder.has_value());
    where = folder->path();
    REQUIRE(write_inline(*folder, "m", {{"1/model.onnx", "abc"}, {"labels.txt", "a"}}));
    CHECK(read_model_folder(where, "m")->versions.at(1).bytes == 3);
    CHECK_FALSE(write_inline(*folder, "m", {{"../out", "x"}}));
    CHECK((fs::status(where).permissions() & fs::perms::others_all) == fs::perms::none);
  }
  CHECK_FALSE(fs::exists(where));
}

}  // namespace
}  // namespace oree::modelconfig
