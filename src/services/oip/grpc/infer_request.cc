#include "services/oip/grpc/infer_request.h"

#include "base/text.h"
#include "services/oip/grpc/parameter.h"
#include "services/oip/grpc/protobuf.h"
#include "services/oip/grpc/typed_contents.h"

namespace oree::oip {
namespace {

using inference::CallInput;
using inference::CallOutput;
using protobuf::bytes_key;
using protobuf::Fields;
using protobuf::varint_key;

constexpr size_t kMaxPorts = 4096;     // inputs or outputs of one request
constexpr size_t kMaxDimensions = 64;  // of one tensor

std::unexpected<Error> malformed() {
  return fail(ErrorKind::invalid, "the request is no valid ModelInferRequest");
}

// Where an input's shape and converted bytes are until their memory stands still.
struct Place {
  size_t dimensions = 0, dimension_count = 0;
  bool has_contents = false;
  bool is_converted = false;
  size_t converted = 0, converted_size = 0;
};

class Decoder {
 public:
  explicit Decoder(InferCall& call) : call_(call) {}

  Status run(ByteView message) {
    Fields fields(message);
    while (fields.next()) {
      if (Status taken = take(fields); !taken) return taken;
    }
    if (fields.broken()) return malformed();
    if (Status raw = place_raw(); !raw) return raw;
    settle();
    return {};
  }

 private:
  Status take(const Fields& fields) {
    switch (fields.key()) {
      case bytes_key(1):
        call_.model_name = fields.text();
        return {};
      case bytes_key(2):
        call_.model_version = fields.text();
        return {};
      case bytes_key(3):
        call_.id = fields.text();
        return {};
      case bytes_key(4):
        return take_parameter(fields.bytes());
      case bytes_key(5):
        return take_input(fields.bytes());
      case bytes_key(6):
        return take_output(fields.bytes());
      case bytes_key(7):
        if (raw_count_ == kMaxPorts) return malformed();
        raw_.resize(std::max(raw_.size(), raw_count_ + 1));
        raw_[raw_count_++] = fields.bytes();
        return {};
      default:
        return {};
    }
  }

  Status take_parameter(ByteView entry) {
    const auto parameter = read_parameter(entry);
    if (!parameter) return malformed();
    return apply_request_parameter(*parameter, call_);
  }

  Status take_dimensions(const Fields& fields, Place& place) {
    ByteView packed = fields.bytes();
    while (!packed.empty()) {
      uint64_t value = 0;
      if (!protobuf::take_varint(packed, value)) return malformed();
      if (Status added = add_dimension(value, place); !added) return added;
    }
    return {};
  }

  Status add_dimension(uint64_t value, Place& place) {
    if (place.dimension_count == kMaxDimensions) {
      return fail(ErrorKind::invalid, cat("a shape has more than ", kMaxDimensions, " dimensions"));
    }
    call_.dimensions.push_back(static_cast<int64_t>(value));
    ++place.dimension_count;
    return {};
  }

  Status take_input(ByteView message) {
    if (call_.inputs.size() == kMaxPorts) return malformed();
    CallInput& input = call_.inputs.emplace_back();
    InputRegion& region = call_.input_regions.emplace_back();
    Place place{.dimensions = call_.dimensions.size()};
    std::string_view datatype;
    ByteView contents;
    Fields fields(message);
    while (fields.next()) {
      Status taken;
      switch (fields.key()) {
        case bytes_key(1):
          input.name = fields.text();
          break;
        case bytes_key(2):
          datatype = fields.text();
          break;
        case bytes_key(3):
          taken = take_dimensions(fields, place);
          break;
        case varint_key(3):
          taken = add_dimension(fields.integer(), place);
          break;
        case bytes_key(4): {
          const auto parameter = read_parameter(fields.bytes());
          if (!parameter) return malformed();
          taken = apply_input_parameter(*parameter, input.name, region);
          break;
        }
        case bytes_key(5):
          place.has_contents = true;
          contents = fields.bytes();
          break;
        default:
          break;
      }
      if (!taken) return taken;
    }
    if (fields.broken()) return malformed();
    const auto dtype = tensor::parse_dtype(datatype);
    if (!dtype) {
      return fail(ErrorKind::invalid,
                  cat("inference input '", input.name, "' has the unknown datatype '", datatype, "'"));
    }
    input.dtype = *dtype;
    if (place.has_contents) {
      if (Status typed = take_contents(contents, input, place); !typed) return typed;
    }
    places_.resize(std::max(places_.size(), call_.inputs.size()));
    places_[call_.inputs.size() - 1] = place;
    return {};
  }

  Status take_contents(ByteView contents, CallInput& input, Place& place) {
    place.converted = call_.converted.size();
    const auto typed = read_typed_contents(contents, input.dtype, call_.converted);
    if (!typed) {
      return fail(typed.error().kind, cat("unexpected explicit tensor data for input tensor '", input.name,
                                          "' for model '", call_.model_name, "': ", typed.error().what));
    }
    place.is_converted = !typed->has_value();
    if (place.is_converted) {
      place.converted_size = call_.converted.size() - place.converted;
    } else {
      input.data = **typed;
    }
    return {};
  }

  Status take_output(ByteView message) {
    if (call_.outputs.size() == kMaxPorts) return malformed();
    CallOutput& output = call_.outputs.emplace_back();
    OutputWish& wish = call_.wishes.emplace_back();
    Fields fields(message);
    while (fields.next()) {
      if (fields.key() == bytes_key(1)) output.name = fields.text();
      if (fields.key() != bytes_key(2)) continue;
      const auto parameter = read_parameter(fields.bytes());
      if (!parameter) return malformed();
      if (Status applied = apply_output_parameter(*parameter, output.name, wish); !applied) return applied;
    }
    if (fields.broken()) return malformed();
    return {};
  }

  // Raw contents belong to the inputs that are not in shared memory, in their order.
  Status place_raw() {
    size_t next = 0;
    for (size_t i = 0; i < call_.inputs.size(); ++i) {
      CallInput& input = call_.inputs[i];
      const bool has_contents = places_[i].has_contents;
      if (call_.input_regions[i].given) {
        if (!has_contents) continue;
        return fail(ErrorKind::invalid,
                    cat("unexpected 'content' provided when using shared memory for input tensor '",
                        input.name, "' for model '", call_.model_name, "'"));
      }
      if (raw_count_ == 0) continue;
      if (has_contents) {
        return fail(ErrorKind::invalid,
                    cat("contents field must not be specified when using raw_input_contents for '",
                        input.name, "' for model '", call_.model_name, "'"));
      }
      if (next == raw_count_) return wrong_raw_count();
      input.data = raw_[next++];
    }
    if (next < raw_count_) return wrong_raw_count();
    return {};
  }

  std::unexpected<Error> wrong_raw_count() const {
    return fail(ErrorKind::invalid,
                cat("expected as many raw_input_contents as inputs for model '", call_.model_name, "', got ",
                    raw_count_, " for ", call_.inputs.size(), " inputs"));
  }

  void settle() {
    for (size_t i = 0; i < call_.inputs.size(); ++i) {
      const Place& place = places_[i];
      call_.inputs[i].shape = std::span(call_.dimensions).subspan(place.dimensions, place.dimension_count);
      if (place.is_converted) {
        call_.inputs[i].data =
            as_bytes(std::string_view(call_.converted).substr(place.converted, place.converted_size));
      }
    }
  }

  InferCall& call_;
  size_t raw_count_ = 0;
  // Kept by the thread: a warm decoder allocates nothing.
  static thread_local std::vector<ByteView> raw_;
  static thread_local std::vector<Place> places_;
};

thread_local std::vector<ByteView> Decoder::raw_;
thread_local std::vector<Place> Decoder::places_;

}  // namespace

Status decode_infer_request(ByteView message, InferCall& call) {
  return Decoder(call).run(message);
}

}  // namespace oree::oip
