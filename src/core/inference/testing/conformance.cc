#include "core/inference/testing/conformance.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>

#include "platform/files/testing/temp_folder.h"
#include "platform/tensor/text.h"

namespace oree::inference::testing {

using files::testing::TempFolder;

namespace {

using tensor::DType;
using tensor::Tensor;
using tensor::TensorView;

Tensor floats(tensor::Shape shape, const std::vector<float>& values) {
  Tensor made = *Tensor::create(DType::f32, std::move(shape));
  std::ranges::copy(values, made.as<float>().begin());
  return made;
}

std::vector<float> values_of(const Output& output) {
  const auto values = output.view().as<float>();
  return {values.begin(), values.end()};
}

ErrorKind kind_of(const Status& status) {
  REQUIRE_FALSE(status);
  return status.error().kind;
}

bool says(const Status& status, std::string_view word) {
  INFO(status.error().what);
  return status.error().what.find(word) != std::string::npos;
}

std::unique_ptr<Model> load(Backend& backend, const TempFolder& folder, const std::string& ending,
                            const std::string& content) {
  Result<std::unique_ptr<Model>> model = backend.load(folder.write("model" + ending, content), {});
  REQUIRE_MESSAGE(model.has_value(), (model ? "" : model.error().what));
  return std::move(*model);
}

void check_signature(const Model& add, const Model& widen) {
  REQUIRE(add.signature().inputs.size() == 2);
  REQUIRE(add.signature().outputs.size() == 1);
  CHECK(add.signature().inputs[0].name == "a");
  CHECK(add.signature().inputs[1].name == "b");
  CHECK(add.signature().inputs[0].dtype == DType::f32);
  CHECK(add.signature().inputs[0].shape == tensor::Shape{-1, 3});
  CHECK(add.signature().outputs[0].name == "sum");
  CHECK(add.signature().outputs[0].shape == tensor::Shape{-1, 3});
  CHECK(widen.signature().inputs[0].dtype == DType::u8);
  CHECK(widen.signature().outputs[0].dtype == DType::f32);
  CHECK(widen.signature().outputs[0].shape == tensor::Shape{2, 2});
}

void check_answers(const Model& add, const Model& widen) {
  for (const int64_t batch : {int64_t{1}, int64_t{2}, int64_t{5}}) {
    std::vector<float> left, right, sum;
    for (int64_t i = 0; i < batch * 3; ++i) {
      left.push_back(static_cast<float>(i));
      right.push_back(100.5f);
      sum.push_back(static_cast<float>(i) + 100.5f);
    }
    const Tensor a = floats({batch, 3}, left), b = floats({batch, 3}, right);
    const TensorView inputs[] = {a.view(), b.view()};
    Output outputs[1];
    REQUIRE(add.run(inputs, outputs));
    CHECK(outputs[0].dtype == DType::f32);
    CHECK(outputs[0].shape == tensor::Shape{batch, 3});
    CHECK(values_of(outputs[0]) == sum);
  }
  Tensor x = *Tensor::create(DType::u8, {2, 2});
  std::ranges::copy(std::vector<uint8_t>{0, 1, 128, 255}, x.as<uint8_t>().begin());
  const TensorView inputs[] = {x.view()};
  Output outputs[1];
  REQUIRE(widen.run(inputs, outputs));
  CHECK(values_of(outputs[0]) == std::vector<float>{0, 1, 128, 255});
}

void check_refusals(const Model& add) {
  const Tensor good = floats({1, 3}, {1, 2, 3});
  const Tensor wide = floats({1, 4}, {1, 2, 3, 4});
  const Tensor flat = floats({3}, {1, 2, 3});
  const Tensor doubles = *Tensor::create(DType::f64, {1, 3});
  Output outputs[2];
  const std::span<Output> one(outputs, 1);
  const auto run = [&](std::vector<TensorView> inputs) { return add.run(inputs, one); };

  CHECK(kind_of(run({good.view()})) == ErrorKind::invalid);
  CHECK(says(run({good.view()}), "'b'"));
  CHECK(kind_of(run({good.view(), good.view(), good.view()})) == ErrorKind::invalid);
  CHECK(kind_of(run({good.view(), doubles.view()})) == ErrorKind::invalid);
  CHECK(says(run({good.view(), doubles.view()}), "FP64"));
  CHECK(kind_of(run({good.view(), wide.view()})) == ErrorKind::invalid);
  CHECK(says(run({good.view(), wide.view()}), "[1,4]"));
  CHECK(kind_of(run({flat.view(), good.view()})) == ErrorKind::invalid);
  TensorView short_of_bytes = good.view();
  short_of_bytes.data = short_of_bytes.data.first(8);
  CHECK(kind_of(run({short_of_bytes, good.view()})) == ErrorKind::invalid);
  CHECK(says(run({short_of_bytes, good.view()}), "expected 12"));
  const TensorView pair[] = {good.view(), good.view()};
  CHECK(kind_of(add.run(pair, outputs)) == ErrorKind::invalid);  // two outputs asked of one
  CHECK(run({good.view(), good.view()}));                        // and it still works
}

void check_presets(const Model& add) {
  const Tensor a = floats({2, 3}, {1, 2, 3, 4, 5, 6});
  const TensorView inputs[] = {a.view(), a.view()};
  Tensor place = floats({2, 3}, {0, 0, 0, 0, 0, 0});
  Output outputs[1];
  outputs[0].preset = place.mutable_bytes();
  outputs[0].shape = {2, 3};
  REQUIRE(add.run(inputs, outputs));
  CHECK(outputs[0].data.data() == place.bytes().data());
  CHECK(outputs[0].keep == nullptr);
  CHECK(values_of(outputs[0]) == std::vector<float>{2, 4, 6, 8, 10, 12});

  outputs[0].shape = {2, 4};  // no shape of the model
  CHECK(kind_of(add.run(inputs, outputs)) == ErrorKind::invalid);
  outputs[0].shape = {2, 3};
  outputs[0].preset = place.mutable_bytes().first(12);  // too small
  CHECK(kind_of(add.run(inputs, outputs)) == ErrorKind::invalid);
  Tensor small = floats({1, 3}, {0, 0, 0});
  outputs[0].preset = small.mutable_bytes();  // right by itself, wrong for these inputs
  outputs[0].shape = {1, 3};
  CHECK(kind_of(add.run(inputs, outputs)) == ErrorKind::invalid);
}

void check_lifetime(Backend& backend, const TempFolder& folder, const ConformanceFiles& files) {
  std::unique_ptr<Model> model = load(backend, folder, files.ending, files.add);
  const Tensor a = floats({1, 3}, {1, 2, 3});
  const TensorView inputs[] = {a.view(), a.view()};
  Output first[1], second[1];
  REQUIRE(model->run(inputs, first));
  const Tensor b = floats({1, 3}, {7, 7, 7});
  const TensorView others[] = {b.view(), b.view()};
  REQUIRE(model->run(others, second));
  model.reset();
  CHECK(first[0].keep != nullptr);
  CHECK(values_of(first[0]) == std::vector<float>{2, 4, 6});
  CHECK(values_of(second[0]) == std::vector<float>{14, 14, 14});
}

void check_threads(const Model& add) {
  std::atomic<int> wrong = 0;
  const auto work = [&](float seed) {
    const Tensor a = floats({1, 3}, {seed, seed + 1, seed + 2});
    const TensorView inputs[] = {a.view(), a.view()};
    for (int i = 0; i < 200; ++i) {
      Output outputs[1];
      if (!add.run(inputs, outputs) ||
          values_of(outputs[0]) != std::vector<float>{2 * seed, 2 * seed + 2, 2 * seed + 4}) {
        ++wrong;
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) threads.emplace_back(work, static_cast<float>(t * 10));
  }
  CHECK(wrong == 0);
}

void check_files(Backend& backend, const TempFolder& folder, const ConformanceFiles& files) {
  const auto refused = [&](const std::filesystem::path& file) {
    const Result<std::unique_ptr<Model>> model = backend.load(file, {});
    REQUIRE_FALSE(model.has_value());
    CHECK(model.error().what.find(file.filename().string()) != std::string::npos);
    return model.error().kind;
  };
  CHECK(refused(folder.write("corrupt-model" + files.ending, files.corrupt)) == ErrorKind::invalid);
  CHECK(refused(folder.write("empty-model" + files.ending, "")) == ErrorKind::invalid);
  CHECK(refused(folder.path() / "absent-model") == ErrorKind::not_found);
}

// Text goes through as it is, whatever is in it; what is no text is refused.
void check_text(Backend& backend, const TempFolder& folder, const ConformanceFiles& files) {
  const std::unique_ptr<Model> same = load(backend, folder, files.ending, files.text);
  CHECK(same->signature().inputs[0].dtype == DType::text);
  CHECK(same->signature().outputs[0].dtype == DType::text);
  ByteBuffer words;
  for (const std::string& word :
       {std::string(), std::string("Orée"), std::string("a\0b", 3), std::string(5000, 'w')}) {
    tensor::append_text(word, words);
  }
  const int64_t four[] = {4}, five[] = {5}, none[] = {0};
  const auto run = [&](ByteView bytes, std::span<const int64_t> shape, Output& output) {
    const TensorView inputs[] = {{DType::text, shape, bytes}};
    return same->run(inputs, {&output, 1});
  };
  Output output;
  REQUIRE(run(words, four, output));
  CHECK(output.dtype == DType::text);
  CHECK(output.shape == tensor::Shape{4});
  CHECK(std::ranges::equal(output.data, words));
  Output empty;
  REQUIRE(run({}, none, empty));
  CHECK(empty.data.empty());
  ByteBuffer place(words.size() + 10);
  Output preset{.preset = place, .shape = {4}};
  REQUIRE(run(words, four, preset));
  CHECK(preset.data.data() == place.data());
  CHECK(std::ranges::equal(preset.data, words));
  Output small{.preset = std::span(place).first(words.size() - 1), .shape = {4}};
  CHECK(kind_of(run(words, four, small)) == ErrorKind::invalid);
  CHECK(kind_of(run(words, five, output)) == ErrorKind::invalid);
  CHECK(kind_of(run(ByteView(words).first(words.size() - 1), four, output)) == ErrorKind::invalid);
}

// From memory it is the same network, and the memory may be overwritten at once.
void check_bytes(Backend& backend, const ConformanceFiles& files) {
  if (!files.from_memory) {
    const auto refused = backend.load_bytes(as_bytes(files.add), "add in memory", {});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().kind == ErrorKind::unsupported);
    return;
  }
  std::string add = files.add, widen = files.widen;
  const auto first = backend.load_bytes(as_bytes(add), "add in memory", {});
  const auto second = backend.load_bytes(as_bytes(widen), "widen in memory", {});
  REQUIRE_MESSAGE(first.has_value(), (first ? "" : first.error().what));
  REQUIRE_MESSAGE(second.has_value(), (second ? "" : second.error().what));
  std::ranges::fill(add, 'x');
  std::ranges::fill(widen, 'x');
  check_signature(**first, **second);
  check_answers(**first, **second);
  for (const std::string_view bad : {std::string_view(files.corrupt), std::string_view()}) {
    const auto refused = backend.load_bytes(as_bytes(bad), "bad bytes", {});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().kind == ErrorKind::invalid);
    CHECK(refused.error().what.find("bad bytes") != std::string::npos);
  }
}

}  // namespace

void check_backend(Backend& backend, const ConformanceFiles& files) {
  const TempFolder folder;
  CHECK_FALSE(backend.name().empty());
  CHECK_FALSE(backend.version().empty());
  const std::unique_ptr<Model> add = load(backend, folder, files.ending, files.add);
  const std::unique_ptr<Model> widen = load(backend, folder, files.ending, files.widen);
  CHECK(add->backend() == backend.name());
  SUBCASE("names, datatypes and shapes are the graph's own") {
    check_signature(*add, *widen);
  }
  SUBCASE("answers are right, for every batch size") {
    check_answers(*add, *widen);
  }
  SUBCASE("wrong inputs are refused by name") {
    check_refusals(*add);
  }
  SUBCASE("preset outputs land in place") {
    check_presets(*add);
  }
  SUBCASE("lent outputs outlive later runs and the model") {
    check_lifetime(backend, folder, files);
  }
  SUBCASE("four threads get the answers of one") {
    check_threads(*add);
  }
  SUBCASE("unreadable files are refused by name") {
    check_files(backend, folder, files);
  }
  if (!files.text.empty()) {
    SUBCASE("text is carried byte for byte") {
      check_text(backend, folder, files);
    }
  }
  SUBCASE("a network in memory is the network of the file") {
    check_bytes(backend, files);
  }
}

}  // namespace oree::inference::testing
