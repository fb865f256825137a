#include "platform/tflite/tflite.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace oree::tflite {
namespace {

ByteBuffer read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const ByteView bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

std::filesystem::path source(std::string_view path) {
  return std::filesystem::path(OREE_SOURCE_DIR) / path;
}

ByteBuffer tiny() {
  return read(source("src/platform/tflite/corpus/tflite_fuzzer/tiny.tflite"));
}

std::filesystem::path shared() {
  const char* named = std::getenv("OREE_SHARED_DATA");
  return named != nullptr ? std::filesystem::path(named) : source("../shared/data");
}

}  // namespace

TEST_CASE("A file's tensors, operators and quantisation are what was written") {
  const auto model = parse(tiny());
  REQUIRE(model);
  CHECK(model->description == "a tiny one");
  REQUIRE(model->subgraphs.size() == 1);
  const Subgraph& graph = model->subgraphs[0];
  CHECK(graph.inputs == std::vector<int32_t>{0});
  CHECK(graph.outputs == std::vector<int32_t>{5});
  REQUIRE(graph.operators.size() == 2);
  CHECK(operator_name(graph.operators[0]) == "CONV_2D");
  CHECK(graph.operators[0].version == 3);
  CHECK(graph.operators[0].options.number<int8_t>(0, 0) == 1);   // padding VALID
  CHECK(graph.operators[0].options.number<int8_t>(3, 0) == 1);   // then ReLU
  CHECK(graph.operators[0].options.number<int32_t>(4, 1) == 1);  // dilation, by default
  CHECK(graph.operators[1].options.numbers<int32_t>(0) == std::vector<int32_t>{1, 18});
  const Tensor& kernel = graph.tensors[1];
  CHECK(kernel.name == "kernel");
  CHECK(name_of(kernel.type) == "INT8");
  CHECK(kernel.is_constant());
  CHECK(kernel.data.size() == 8);
  REQUIRE(kernel.quantisation);
  CHECK(kernel.quantisation->scales == std::vector<float>{0.25f, 0.125f});
  CHECK_FALSE(graph.tensors[0].is_constant());
  CHECK(graph.tensors[0].elements() == 36);
}

TEST_CASE("A file cut anywhere is refused or, behind its last table, still whole") {
  const ByteBuffer whole = tiny();
  for (size_t size = 0; size < whole.size(); ++size)
    CHECK_FALSE(parse(ByteBuffer(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))));
}

TEST_CASE("A byte changed anywhere never leads outside the file") {
  const ByteBuffer whole = tiny();
  size_t refused = 0;
  for (size_t at = 0; at < whole.size(); ++at) {
    for (const auto flip : {std::byte{0x80}, std::byte{0xff}, std::byte{0x01}}) {
      ByteBuffer changed = whole;
      changed[at] ^= flip;
      const auto model = parse(std::move(changed));
      if (!model) {
        ++refused;
        continue;
      }
      for (const auto& graph : model->subgraphs)
        for (const auto& op : graph.operators)
          for (const int32_t i : op.inputs) CHECK(i < static_cast<int32_t>(graph.tensors.size()));
    }
  }
  CHECK(refused > whole.size() / 4);
}

TEST_CASE("Text, an ONNX file and nothing at all are no .tflite") {
  CHECK(parse({}).error().kind == ErrorKind::corrupt);
  const auto text = as_bytes("this is no model at all");
  CHECK(parse(ByteBuffer(text.begin(), text.end())).error().kind == ErrorKind::corrupt);
}

TEST_CASE("Real files are read whole") {
  const auto folder = shared();
  if (!std::filesystem::is_directory(folder)) {
    MESSAGE("skipped: there are no shared data");
    return;
  }
  size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".tflite") continue;
    CAPTURE(entry.path().string());
    const auto model = parse(read(entry.path()));
    REQUIRE_MESSAGE(model, model.error().what);
    ++files;
    for (const auto& graph : model->subgraphs)
      for (const auto& op : graph.operators) CHECK_FALSE(operator_name(op).starts_with("OPERATOR_"));
  }
  CHECK(files > 5);
}

}  // namespace oree::tflite
