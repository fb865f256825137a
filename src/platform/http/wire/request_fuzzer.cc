// First byte: in which portions the stream arrives. All requests in it are read, and reading it in one
// portion must give the same requests.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "platform/http/wire/field_syntax.h"
#include "platform/http/wire/reader.h"

using namespace oree::http;

namespace {

constexpr ReadLimits kLimits{.max_header_bytes = 512, .max_body_bytes = 4096};

void check(const Request& request) {
  if (!is_token(request.method) || !is_plain_path(request.path)) std::abort();
  if (request.body.size() > kLimits.max_body_bytes) std::abort();
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name) || !is_field_value(value)) std::abort();
  }
}

std::vector<std::string> read(std::string_view stream, size_t portion) {
  RequestReader reader(kLimits);
  std::vector<std::string> seen;
  std::string unread;
  while (!stream.empty() && reader.state() != ReadState::refused) {
    const auto room = reader.body_room();
    const auto piece = stream.substr(0, portion);
    if (!room.empty() && unread.empty()) {
      const size_t count = std::min(piece.size(), room.size());
      std::copy_n(piece.begin(), count, room.begin());
      reader.body_arrived(count);
      stream.remove_prefix(count);
    } else {
      unread += piece;
      stream.remove_prefix(piece.size());
    }
    for (;;) {
      unread.erase(0, reader.feed(unread));
      if (reader.state() != ReadState::done) break;
      check(reader.request());
      seen.push_back(reader.request().method + reader.request().path + reader.request().body);
      reader.reset();
    }
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (read(stream, data[0] % 32 + 1u) != read(stream, stream.size())) std::abort();
  return 0;
}
