// What an engine says, as values: the frames of a log, times, references of images. Nothing of it is trusted.
// Private to this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "services/modules/log_query.h"

namespace oree::modules {

// Docker's multiplexed stream (Engine API, "Attach to a container"): 8 bytes of head (stream, 3 × 0, length
// as a big-endian number), then so many bytes. A stream that does not begin so is a terminal's: as it is.
std::string demultiplex(std::string_view bytes);

// "2026-11-30T00:15:16.826444245Z"; nothing for what is none, and for the year 1, which means never.
std::optional<WallTime> parse_engine_time(std::string_view text);

// Lines that begin with their times, as `timestamps=1` gives them, to the page of a query.
LogPage log_page(std::string_view stamped, const LogQuery& query);
// The seconds since 1970 of a page's cursor, rounded down; nothing for another text.
std::optional<int64_t> cursor_seconds(std::string_view cursor);

struct ImageReference {
  std::string name, tag;  // no tag with a digest, which stays in the name
};
ImageReference parse_image(std::string_view image);

// For a query string or a path: everything but letters, digits and "-._~" as %XX.
std::string percent(std::string_view text);

}  // namespace oree::modules
