// The small texts in gRPC's header fields: deadlines, messages, names of compressions. Pure functions.
// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace oree::grpc {

// "100m" → 100 ms: at most eight digits and one of H M S m u n. nullopt when it is none.
std::optional<std::chrono::nanoseconds> parse_timeout(std::string_view text);

// A grpc-message: bytes outside of printable ASCII, and '%', as %XX; cut at `kMaxMessage` bytes of output,
// because clients bound their header lists.
std::string percent_encode(std::string_view text);
inline constexpr size_t kMaxMessage = 4096;

enum class Encoding { identity, gzip, deflate };
std::string_view name_of(Encoding encoding);
std::optional<Encoding> parse_encoding(std::string_view name);
inline constexpr std::string_view kAcceptedEncodings = "identity,deflate,gzip";
// Whether a grpc-accept-encoding list names it.
bool accepts(std::string_view list, Encoding encoding);

}  // namespace oree::grpc
