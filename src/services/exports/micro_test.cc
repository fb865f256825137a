#include "services/exports/micro.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "services/exports/arena.h"

namespace oree::exports {
namespace {

tflite::Model model_at(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const ByteView bytes = as_bytes(text);
  auto model = tflite::parse(ByteBuffer(bytes.begin(), bytes.end()));
  REQUIRE_MESSAGE(model, model.error().what);
  return *std::move(model);
}

std::filesystem::path source(std::string_view path) {
  return std::filesystem::path(OREE_SOURCE_DIR) / path;
}

tflite::Model tiny() {
  return model_at(source("src/platform/tflite/corpus/tflite_fuzzer/tiny.tflite"));
}

std::filesystem::path shared() {
  const char* named = std::getenv("OREE_SHARED_DATA");
  return named != nullptr ? std::filesystem::path(named) : source("../shared/data");
}

bool overlap(const ArenaPlan& plan, std::span<const Lifetime> lives, size_t a, size_t b) {
  const bool in_time = lives[a].first <= lives[b].last && lives[b].first <= lives[a].last;
  return in_time && plan.offsets[a] < plan.offsets[b] + lives[b].bytes &&
         plan.offsets[b] < plan.offsets[a] + lives[a].bytes;
}

}  // namespace

TEST_CASE("Two buffers that never live together share their place") {
  const std::vector<Lifetime> lives{{100, 0, 1}, {60, 1, 2}, {100, 2, 3}};
  const ArenaPlan plan = plan_arena(lives);
  CHECK(plan.offsets[0] == plan.offsets[2]);
  CHECK(plan.bytes == 112 + 64);
  CHECK(plan.least == 112 + 64);
}

TEST_CASE("No plan lets two buffers meet, and none is below what lives at once") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<Lifetime> lives(1 + random() % 40);
    for (auto& life : lives) {
      life = {1 + random() % 5000, random() % 30, 0};
      life.last = life.first + random() % 8;
    }
    const ArenaPlan plan = plan_arena(lives);
    CHECK(plan.bytes >= plan.least);
    for (size_t a = 0; a < lives.size(); ++a) {
      CHECK(plan.offsets[a] + lives[a].bytes <= plan.bytes);
      CHECK(plan.offsets[a] % 16 == 0);
      for (size_t b = 0; b < a; ++b) CHECK_FALSE(overlap(plan, lives, a, b));
    }
  }
}

TEST_CASE("The generated C names its operators and holds every byte") {
  const auto model = tiny();
  const auto out = export_micro(model, "tiny");
  REQUIRE(out);
  CHECK(out->operators == std::vector<std::string>{"CONV_2D", "RESHAPE"});
  CHECK(out->header.find("resolver.AddConv2D();") != std::string::npos);
  CHECK(out->source.find("tiny_size = 1024;") != std::string::npos);
  size_t bytes = 0;
  for (size_t at = 0; (at = out->source.find("0x", at)) != std::string::npos; ++at) ++bytes;
  CHECK(bytes == model.bytes->size());
  CHECK(out->activation_bytes == 48 + 32);  // 36 and 18 bytes at once, aligned; then 18 and 18
  CHECK(out->arena_bytes > out->activation_bytes + out->kept_bytes);
}

TEST_CASE("What a microcontroller cannot run is refused by name") {
  auto model = tiny();
  model.subgraphs[0].operators[1].code = 131;
  const auto refused = export_micro(model, "tiny");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::unsupported);
  CHECK(refused.error().what.find("RFFT2D") != std::string::npos);
  auto hybrid = tiny();
  hybrid.subgraphs[0].tensors[0].type = tflite::ElementType::f32;
  CHECK(export_micro(hybrid, "tiny").error().what.find("'kernel'") != std::string::npos);
  auto loose = tiny();
  loose.subgraphs[0].tensors[0].signature = {-1, -1, 3, 4};
  CHECK(export_micro(loose, "tiny").error().kind == ErrorKind::unsupported);
  CHECK(export_micro(tiny(), "1 name").error().kind == ErrorKind::invalid);
}

TEST_CASE("Networks made for microcontrollers go through, with an arena near what lives at once") {
  const auto folder = shared();
  if (!std::filesystem::is_directory(folder)) {
    MESSAGE("skipped: there are no shared data");
    return;
  }
  for (const char* file : {"mlperf-tiny/kws_ref_model_int8.tflite", "mlperf-tiny/vww_96_int8.tflite",
                           "mlperf-tiny/ic_resnet8_int8.tflite", "mlperf-tiny/ad01_int8.tflite",
                           "tflm/person_detect_int8.tflite", "tflm/micro_speech_quantized.tflite"}) {
    CAPTURE(file);
    const auto out = export_micro(model_at(folder / file), "net");
    REQUIRE_MESSAGE(out, out.error().what);
    CHECK(out->activation_bytes <= out->least_bytes * 5 / 4);
    MESSAGE(file << ": activations " << out->activation_bytes << " of at least " << out->least_bytes
                 << ", arena " << out->arena_bytes);
  }
}

}  // namespace oree::exports
