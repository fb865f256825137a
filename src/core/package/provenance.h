// provenance.json: from what a model was made, by what, with which data. An in-toto Statement v1 with SLSA's
// provenance v1 as its predicate, so that tools for software supply chains read it. Values, pure.
//
// It is one of the package's files, so the package's signature covers it; alone it proves nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "platform/crypto/crypto.h"

namespace oree::package {

struct Material {
  std::string name;  // "ducks-float.onnx", "samples"
  crypto::Digest digest;
};

struct Provenance {
  std::vector<Material> subjects;  // what was made
  std::string recipe;              // "INT8, minmax, 312 samples"; "" when it came as it is
  std::string target;              // the machine it was made for; ""
  std::optional<Material> source;  // the float network
  std::optional<Material> data;    // what it was calibrated and judged with
  std::vector<std::pair<std::string, std::string>> notes;  // what model.yaml says under provenance
  std::string tool;                                        // "oree 0.6.0"
  std::string runtime;                                     // "onnxruntime 1.22.0"; ""
  WallTime made{};
};

std::string print(const Provenance& provenance);
// `invalid` with the member; members that others added are left out.
Result<Provenance> parse_provenance(std::string_view text);

}  // namespace oree::package
