#include "services/oip/grpc/parameter.h"

#include "base/text.h"
#include "services/oip/grpc/protobuf.h"

namespace oree::oip {
namespace {

using protobuf::bytes_key;
using protobuf::Fields;
using protobuf::fixed64_key;
using protobuf::varint_key;

void read_value(ByteView message, Parameter& parameter, bool& broken) {
  Fields fields(message);
  while (fields.next()) {
    switch (fields.key()) {
      case varint_key(1):
        parameter.type = Parameter::Type::boolean;
        parameter.boolean = fields.boolean();
        break;
      case varint_key(2):
        parameter.type = Parameter::Type::int64;
        parameter.int64 = static_cast<int64_t>(fields.integer());
        break;
      case bytes_key(3):
        parameter.type = Parameter::Type::text;
        parameter.text = fields.text();
        break;
      case fixed64_key(4):
        parameter.type = Parameter::Type::real;
        parameter.real = fields.number();
        break;
      case varint_key(5):
        parameter.type = Parameter::Type::uint64;
        parameter.uint64 = fields.integer();
        break;
      default:
        break;
    }
  }
  broken = fields.broken();
}

std::unexpected<Error> wrong_type(std::string_view key, std::string_view wanted) {
  return fail(ErrorKind::invalid,
              cat("invalid value type for '", key, "' parameter, expected ", wanted, "."));
}

Status take_count(const Parameter& parameter, uint64_t& into) {
  const auto count = parameter.count();
  if (!count) return wrong_type(parameter.key, "uint64_param or int64_param");
  into = *count;
  return {};
}

Status take_boolean(const Parameter& parameter, bool& into) {
  if (parameter.type != Parameter::Type::boolean) return wrong_type(parameter.key, "bool_param");
  into = parameter.boolean;
  return {};
}

Status take_text(const Parameter& parameter, std::string_view& into) {
  if (parameter.type != Parameter::Type::text) return wrong_type(parameter.key, "string_param");
  into = parameter.text;
  return {};
}

Status take_sequence_id(const Parameter& parameter, inference::Sequence& sequence) {
  if (parameter.type == Parameter::Type::text) {
    sequence.text_id = parameter.text;
    return {};
  }
  const auto count = parameter.count();
  if (!count) return wrong_type(parameter.key, "int64_param or string_param");
  sequence.id = *count;
  return {};
}

Status take_timeout(const Parameter& parameter, microseconds& timeout) {
  uint64_t count = 0;
  if (Status taken = take_count(parameter, count); !taken) return taken;
  constexpr uint64_t kYear = uint64_t{365} * 24 * 3'600'000'000;
  timeout = microseconds(static_cast<int64_t>(std::min(count, kYear)));
  return {};
}

}  // namespace

std::optional<uint64_t> Parameter::count() const {
  if (type == Type::uint64) return uint64;
  if (type == Type::int64 && int64 >= 0) return static_cast<uint64_t>(int64);
  return std::nullopt;
}

std::optional<Parameter> read_parameter(ByteView entry) {
  Parameter parameter;
  bool broken = false;
  Fields fields(entry);
  while (fields.next()) {
    if (fields.key() == bytes_key(1)) parameter.key = fields.text();
    if (fields.key() == bytes_key(2)) read_value(fields.bytes(), parameter, broken);
    if (broken) return std::nullopt;
  }
  if (fields.broken()) return std::nullopt;
  return parameter;
}

Status apply_request_parameter(const Parameter& parameter, InferCall& call) {
  const std::string_view key = parameter.key;
  if (key == "sequence_id") return take_sequence_id(parameter, call.sequence);
  if (key == "sequence_start") return take_boolean(parameter, call.sequence.start);
  if (key == "sequence_end") return take_boolean(parameter, call.sequence.end);
  if (key == "priority") return take_count(parameter, call.priority);
  if (key == "timeout") return take_timeout(parameter, call.timeout);
  if (key == "triton_enable_empty_final_response") return take_boolean(parameter, call.empty_final_response);
  if (key.starts_with("triton_")) {
    return fail(ErrorKind::invalid,
                cat("parameter keys starting with 'triton_' are reserved for Triton usage and should not be "
                    "specified; '",
                    key, "' is one."));
  }
  return {};
}

Status apply_input_parameter(const Parameter& parameter, std::string_view, InputRegion& region) {
  const std::string_view key = parameter.key;
  if (key == "shared_memory_region") {
    region.given = true;
    return take_text(parameter, region.name);
  }
  if (key == "shared_memory_byte_size") return take_count(parameter, region.size);
  if (key == "shared_memory_offset") return take_count(parameter, region.offset);
  return {};
}

Status apply_output_parameter(const Parameter& parameter, std::string_view, OutputWish& wish) {
  const std::string_view key = parameter.key;
  if (key == "classification") return take_count(parameter, wish.classes);
  if (key == "shared_memory_region") {
    wish.in_region = true;
    return take_text(parameter, wish.region);
  }
  if (key == "shared_memory_byte_size") return take_count(parameter, wish.region_size);
  if (key == "shared_memory_offset") return take_count(parameter, wish.region_offset);
  return {};
}

}  // namespace oree::oip
