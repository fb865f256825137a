// One element of a request's "inputs", its members in any order. Part of request.h.
#pragma once

#include <optional>

#include "platform/json/scanner.h"
#include "services/oip/wire/request.h"

namespace oree::oip {

// A request's text on its way into a state: the scanner, what is left of the binary section, the sentences.
class RequestText {
 public:
  RequestText(const RequestBody& body, CallState& state)
      : scanner(body.json), body_(body), binary_(body.binary), state_(state) {}

  json::Scanner scanner;

  CallState& state() { return state_; }
  const RequestBody& body() const { return body_; }

  // What went wrong: the text itself, or a value that is not of the type it should be.
  Status wrong(std::string_view key, std::string_view type) const;
  Status fault() const;
  static Status missing(std::string_view key);

  std::string_view meaning(json::RawText text);
  Status take_text(std::string_view key, std::string_view& out);
  Status take_unsigned(std::string_view key, uint64_t& out);
  Status take_boolean(std::string_view key, bool& out);

  Result<ByteView> take_binary(std::string_view input, uint64_t size);
  bool binary_left() const { return !binary_.empty(); }

 private:
  const RequestBody& body_;
  ByteView binary_;
  CallState& state_;
};

// Where a tensor's bytes are when they are not in the text.
struct Elsewhere {
  bool binary = false;
  uint64_t binary_size = 0;
  bool in_region = false;
  std::string_view region;
  uint64_t region_offset = 0, region_size = 0;
};

// The members "shared_memory_…"; false when `key` is none of them.
Result<bool> read_region_member(RequestText& text, std::string_view key, Elsewhere& where);
Result<RegionPart> region_part(RequestText& text, const Elsewhere& where);

// Reads the element at the scanner's place and appends it to the call's inputs.
Status read_input(RequestText& text);

}  // namespace oree::oip
