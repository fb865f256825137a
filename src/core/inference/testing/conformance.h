// What every backend must do, as one suite. A backend's test gives it three models in its own format and
// calls check_backend(); each check is a doctest subcase.
#pragma once

#include <string>

#include "core/inference/model.h"

namespace oree::inference::testing {

// File contents in the backend's format.
struct ConformanceFiles {
  std::string add;      // "a" and "b" FP32 [-1,3] → "sum" FP32 [-1,3]
  std::string widen;    // "x" UINT8 [2,2] → "y" FP32 [2,2], the same values
  std::string corrupt;  // nothing the backend can read
  std::string text;     // "words" BYTES [-1] → "same" BYTES [-1], the same; "" where the format knows no text
  bool from_memory = true;  // false: load_bytes() must say `unsupported`
  std::string ending = {};  // of a file's name, for runtimes that look at it: ".tflite"
};

void check_backend(Backend& backend, const ConformanceFiles& files);

}  // namespace oree::inference::testing
