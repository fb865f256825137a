// gzip and deflate (zlib's own form, RFC 1950) of whole messages, over zlib. Pure functions.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "platform/grpc/code.h"
#include "platform/grpc/wire/fields.h"

namespace oree::grpc {

// Appends to `out`. Precondition: encoding is not identity.
void compress(Encoding encoding, std::string_view plain, std::string& out);

// Appends to `out`; what would become larger than `max_bytes` is `resource_exhausted` before it is made, and
// what is no such stream, or goes on behind its end, `internal`.
std::expected<void, Refusal> decompress(Encoding encoding, std::string_view packed, size_t max_bytes,
                                        std::string& out);

}  // namespace oree::grpc
