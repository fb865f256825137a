#include "services/oip/wire/request.h"

#include <algorithm>
#include <limits>

#include "base/text.h"
#include "services/oip/wire/json_input.h"

namespace oree::oip {

using json::Scanner;

Status RequestText::fault() const {
  return fail(ErrorKind::invalid, cat("failed to parse the request JSON buffer: ", scanner.fault(), " at ",
                                      scanner.fault_place()));
}

Status RequestText::wrong(std::string_view key, std::string_view type) const {
  if (scanner.broken()) return fault();
  return fail(ErrorKind::invalid,
              cat("Unable to parse '", key, "': attempt to access JSON non-", type, " as ", type));
}

Status RequestText::missing(std::string_view key) {
  return fail(ErrorKind::invalid,
              cat("Unable to parse '", key, "': attempt to access non-existing object member '", key, "'"));
}

std::string_view RequestText::meaning(json::RawText text) {
  if (!text.escaped) return text.raw;
  const std::span<char> room = state_.arena.take_of<char>(text.raw.size());
  return {room.data(), json::unescape(text.raw, room.data())};
}

Status RequestText::take_text(std::string_view key, std::string_view& out) {
  json::RawText raw;
  if (!scanner.take(raw)) return wrong(key, "string");
  out = meaning(raw);
  return {};
}

Status RequestText::take_unsigned(std::string_view key, uint64_t& out) {
  return scanner.take(out) ? Status{} : wrong(key, "unsigned-integer");
}

Status RequestText::take_boolean(std::string_view key, bool& out) {
  return scanner.take(out) ? Status{} : wrong(key, "boolean");
}

Result<ByteView> RequestText::take_binary(std::string_view input, uint64_t size) {
  if (size > binary_.size()) {
    return fail(ErrorKind::invalid,
                cat("unexpected size for input '", input, "', expecting ", size - binary_.size(),
                    " additional bytes for model '", body_.model, "'"));
  }
  const ByteView bytes = binary_.first(size);
  binary_ = binary_.subspan(size);
  return bytes;
}

Result<bool> read_region_member(RequestText& text, std::string_view key, Elsewhere& where) {
  Status read;
  if (key == "shared_memory_region") {
    where.in_region = true;
    read = text.take_text("shared_memory_region", where.region);
  } else if (key == "shared_memory_offset") {
    read = text.take_unsigned("shared_memory_offset", where.region_offset);
  } else if (key == "shared_memory_byte_size") {
    read = text.take_unsigned("shared_memory_byte_size", where.region_size);
  } else {
    return false;
  }
  if (!read) return forward(read);
  return true;
}

Result<RegionPart> region_part(RequestText& text, const Elsewhere& where) {
  const SharedMemory* const memory = text.body().shared_memory;
  if (memory == nullptr) {
    return fail(
        ErrorKind::unsupported,
        "shared memory is not allowed here: the client is not on this machine, or it is switched off");
  }
  return memory->part(where.region, where.region_offset, where.region_size);
}

namespace {

struct OutputDraft {
  bool has_name = false;
  std::string_view name;
  Wish wish;
  Elsewhere where;
};

Status read_output_parameters(RequestText& text, OutputDraft& draft) {
  if (!text.scanner.enter_object()) return text.wrong("parameters", "object");
  std::string_view key;
  while (text.scanner.member(key)) {
    Status read;
    if (key == "classification") {
      read = text.take_unsigned("classification", draft.wish.classes);
    } else if (key == "binary_data") {
      draft.wish.binary_given = true;
      read = text.take_boolean("binary_data", draft.wish.binary);
    } else if (const Result<bool> region = read_region_member(text, key, draft.where); !region) {
      return forward(region);
    } else if (!*region) {
      text.scanner.skip();
    }
    if (!read) return read;
  }
  return {};
}

Status place_output(RequestText& text, OutputDraft& draft, inference::CallOutput& output) {
  if (!draft.where.in_region) return {};
  const auto refuse = [](std::string_view other) {
    return fail(ErrorKind::invalid, cat("Output can't set both 'shared_memory_region' and '", other, "'"));
  };
  if (draft.wish.classes != 0) return refuse("classification");
  if (draft.wish.binary) return refuse("binary_data");
  Result<RegionPart> part = region_part(text, draft.where);
  if (!part) return forward(part);
  output.preset = part->bytes;
  text.state().regions.push_back(std::move(part->keep));
  draft.wish.in_region = true;
  draft.wish.region = draft.where.region;
  draft.wish.region_size = draft.where.region_size;
  draft.wish.offset = draft.where.region_offset;
  return {};
}

Status read_output(RequestText& text) {
  OutputDraft draft;
  if (!text.scanner.enter_object()) return text.wrong("outputs", "object");
  std::string_view key;
  while (text.scanner.member(key)) {
    Status read;
    if (key == "name") {
      draft.has_name = true;
      read = text.take_text("name", draft.name);
    } else if (key == "parameters") {
      read = read_output_parameters(text, draft);
    } else {
      text.scanner.skip();
    }
    if (!read) return read;
  }
  if (text.scanner.broken()) return text.fault();
  if (!draft.has_name) return text.missing("name");
  inference::CallOutput& output = text.state().add_output();
  output.name = draft.name;
  if (Status placed = place_output(text, draft, output); !placed) return placed;
  text.state().wishes.push_back(draft.wish);
  return {};
}

Status read_sequence_id(RequestText& text, inference::Sequence& sequence) {
  if (text.scanner.take(sequence.id)) return {};
  return text.take_text("sequence_id", sequence.text_id);
}

Status read_timeout(RequestText& text, CallState& state) {
  uint64_t given = 0;
  if (Status read = text.take_unsigned("timeout", given); !read) return read;
  constexpr uint64_t kLongest = std::numeric_limits<int64_t>::max() / 1000;
  state.timeout = microseconds(static_cast<int64_t>(std::min(given, kLongest)));
  return {};
}

Status read_parameter(RequestText& text, std::string_view key, CallState& state) {
  if (key == "sequence_id") return read_sequence_id(text, state.sequence);
  if (key == "sequence_start") return text.take_boolean(key, state.sequence.start);
  if (key == "sequence_end") return text.take_boolean(key, state.sequence.end);
  if (key == "priority") return text.take_unsigned(key, state.priority);
  if (key == "timeout") return read_timeout(text, state);
  if (key == "binary_data_output") return text.take_boolean(key, state.binary_default);
  if (key.starts_with("triton_")) {
    return fail(
        ErrorKind::invalid,
        "parameter keys starting with 'triton_' are reserved for Triton usage and should not be specified.");
  }
  const json::Scanner::Kind kind = text.scanner.kind();
  if (kind == json::Scanner::Kind::object || kind == json::Scanner::Kind::array) {
    return fail(
        ErrorKind::invalid,
        cat("parameter '", key, "' has invalid type. It should be either 'int', 'bool', or 'string'."));
  }
  text.scanner.skip();
  return {};
}

Status read_parameters(RequestText& text) {
  if (!text.scanner.enter_object()) return text.wrong("parameters", "object");
  std::string_view key;
  while (text.scanner.member(key)) {
    if (Status read = read_parameter(text, key, text.state()); !read) return read;
  }
  return {};
}

Status read_list(RequestText& text, std::string_view key, Status (*each)(RequestText&)) {
  if (!text.scanner.enter_array()) return text.wrong(key, "array");
  while (text.scanner.element()) {
    if (Status read = each(text); !read) return read;
  }
  return {};
}

}  // namespace

Status read_request(const RequestBody& body, CallState& state) {
  RequestText text(body, state);
  if (!text.scanner.enter_object()) return text.wrong("request", "object");
  bool has_inputs = false;
  std::string_view key;
  while (text.scanner.member(key)) {
    Status read;
    if (key == "id") {
      read = text.take_text("id", state.id);
    } else if (key == "parameters") {
      read = read_parameters(text);
    } else if (key == "inputs") {
      has_inputs = true;
      read = read_list(text, "inputs", read_input);
    } else if (key == "outputs") {
      read = read_list(text, "outputs", read_output);
    } else {
      text.scanner.skip();
    }
    if (!read) return read;
  }
  if (!text.scanner.finish()) return text.fault();
  if (!has_inputs) return RequestText::missing("inputs");
  if (!text.binary_left()) return {};
  return fail(ErrorKind::invalid, cat("unexpected additional input data for model '", body.model, "'"));
}

}  // namespace oree::oip
