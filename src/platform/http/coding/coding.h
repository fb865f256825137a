// Content codings (RFC 9110 §8.4.1): gzip and deflate, both ways. zlib stays behind this header.
//
// "deflate" is zlib's format (RFC 1950); what comes without its frame, as some clients send it, is read too.
// Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace oree::http {

enum class Coding { identity, gzip, deflate };

std::string_view coding_name(Coding coding);
// Of a Content-Encoding field; nullopt for codings that are not spoken.
std::optional<Coding> parse_coding(std::string_view content_encoding);
// What an Accept-Encoding field likes best of them. identity when it names none.
Coding preferred_coding(std::string_view accept_encoding);

// `invalid` when the bytes are no such stream, end early or have something behind; `full` when more than
// `limit` bytes would come out. Memory is taken as the bytes come, never by what a stream promises.
Result<std::string> decode(Coding coding, std::string_view bytes, uint64_t limit);
// nullopt for identity, and where it cannot be done: send the bytes as they are.
std::optional<std::string> encode(Coding coding, std::string_view bytes);

}  // namespace oree::http
