#include "services/diagnosis/faults.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

namespace oree::diagnosis {

TEST_CASE("Each fault has an id of its own, a cause, a repair and a sign") {
  std::set<std::string_view> ids, signs;
  for (const Fault& fault : faults()) {
    CAPTURE(fault.id);
    CHECK(ids.insert(fault.id).second);
    CHECK_FALSE(fault.cause.empty());
    CHECK_FALSE(fault.repair.empty());
    CHECK_FALSE(fault.signs[0].empty());
    for (const std::string_view sign : fault.signs) {
      if (sign.empty()) continue;
      CHECK(signs.insert(sign).second);
      for (const char c : sign) CHECK_FALSE((c >= 'A' && c <= 'Z'));
      const auto found = faults_in("x: " + std::string(sign) + " y");
      REQUIRE_FALSE(found.empty());
      CHECK(std::ranges::find(found, &fault) != found.end());
    }
  }
}

TEST_CASE("Messages of other tools are recognised as they write them") {
  const auto only = [](std::string_view text) {
    const auto found = faults_in(text);
    return found.size() == 1 ? found[0]->id : std::string_view("not one");
  };
  CHECK(only("onnxruntime.capi.onnxruntime_pybind11_state.Fail: Unrecognized attribute: axis for operator "
             "DequantizeLinear") == "old-opset");
  CHECK(
      only("ValueError: The truth value of an array with more than one element is ambiguous. Use a.any()") ==
      "ort-ambiguous");
  CHECK(only("ValueError: None signature_key provided.") == "lite-signature");
  CHECK(only("Didn't find op for builtin opcode 'CONV_2D'") == "micro-operator");
  CHECK(only("MemoryError: Unable to allocate 5.73 GiB") == "out-of-memory");
  CHECK(faults_in("all is well").empty());
}

TEST_CASE("Faults are found by their id") {
  REQUIRE(find_fault("saturation") != nullptr);
  CHECK(find_fault("saturation")->command.find("--target avx2") != std::string_view::npos);
  CHECK(find_fault("nothing") == nullptr);
}

}  // namespace oree::diagnosis
