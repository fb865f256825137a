// Entries of map<string, InferParameter>, and what those that the protocol gives a meaning mean.
// https://github.com/triton-inference-server/server, docs/protocol/extension_parameters.md, _sequence,
// _schedule_policy, _shared_memory, _classification
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "services/oip/grpc/infer_call.h"

namespace oree::oip {

struct Parameter {
  enum class Type { none, boolean, int64, text, real, uint64 };
  std::string_view key;
  Type type = Type::none;
  bool boolean = false;
  int64_t int64 = 0;
  uint64_t uint64 = 0;
  double real = 0;
  std::string_view text;

  // A number of either signedness that is not negative.
  std::optional<uint64_t> count() const;
};

// nullopt when it is no such message.
std::optional<Parameter> read_parameter(ByteView entry);

// `invalid` when a known one has a value of the wrong type. Unknown ones pass.
Status apply_request_parameter(const Parameter& parameter, InferCall& call);
Status apply_input_parameter(const Parameter& parameter, std::string_view input, InputRegion& region);
Status apply_output_parameter(const Parameter& parameter, std::string_view output, OutputWish& wish);

}  // namespace oree::oip
