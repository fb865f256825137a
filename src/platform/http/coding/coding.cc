#include "platform/http/coding/coding.h"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/text.h"

namespace oree::http {
namespace {

constexpr int kWindow = 15;
constexpr int kGzip = 16;  // added to the window: gzip's frame
constexpr int kFast = 1;   // somebody waits
constexpr size_t kPiece = 64 << 10;
constexpr size_t kMost = 1 << 30;  // zlib counts in 32 bits

struct Named {
  std::string_view name;
  Coding coding;
};
constexpr std::array kNames = std::to_array<Named>({
    {"gzip", Coding::gzip},
    {"x-gzip", Coding::gzip},
    {"deflate", Coding::deflate},
    {"identity", Coding::identity},
    {"", Coding::identity},
});

// Whether these bytes start with zlib's frame (RFC 1950 §2.2).
bool has_zlib_frame(std::string_view bytes) {
  if (bytes.size() < 2) return false;
  const auto first = static_cast<unsigned char>(bytes[0]), second = static_cast<unsigned char>(bytes[1]);
  return (first & 15) == 8 && (first * 256 + second) % 31 == 0;
}

class Inflater {
 public:
  Inflater(Coding coding, std::string_view bytes) {
    const int window = coding == Coding::gzip ? kWindow + kGzip : has_zlib_frame(bytes) ? kWindow : -kWindow;
    open_ = inflateInit2(&stream_, window) == Z_OK;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() {
    if (open_) inflateEnd(&stream_);
  }

  bool open() const { return open_; }
  bool all_read() const { return stream_.avail_in == 0; }
  // zlib's word for what happened, and how many bytes came.
  int take(std::span<char> room, size_t& count) {
    stream_.next_out = reinterpret_cast<Bytef*>(room.data());
    stream_.avail_out = static_cast<uInt>(room.size());
    const int result = inflate(&stream_, Z_NO_FLUSH);
    count = room.size() - stream_.avail_out;
    return result;
  }

 private:
  z_stream stream_{};
  bool open_ = false;
};

// 0 … 1; absent: 1.
double quality(std::string_view parameters) {
  for (const std::string_view parameter : split(parameters, ';')) {
    const std::string_view each = trim(parameter);
    if (each.starts_with("q=") || each.starts_with("Q="))
      return parse_number<double>(each.substr(2)).value_or(0);
  }
  return 1;
}

}  // namespace

std::string_view coding_name(Coding coding) {
  return std::ranges::find(kNames, coding, &Named::coding)->name;
}

std::optional<Coding> parse_coding(std::string_view content_encoding) {
  const std::string_view name = trim(content_encoding);
  for (const Named& row : kNames) {
    if (iequals(row.name, name)) return row.coding;
  }
  return std::nullopt;
}

Coding preferred_coding(std::string_view accept_encoding) {
  Coding best = Coding::identity;
  double best_quality = 0;
  if (accept_encoding.empty()) return best;
  for (const std::string_view item : split(accept_encoding, ',')) {
    const size_t end = std::min(item.find(';'), item.size());
    const std::string_view name = trim(item.substr(0, end));
    const auto coding = name == "*" ? std::optional(Coding::gzip) : parse_coding(name);
    const double wish = quality(item.substr(end));
    if (!name.empty() && coding && *coding != Coding::identity && wish > best_quality) {
      best = *coding;
      best_quality = wish;
    }
  }
  return best;
}

Result<std::string> decode(Coding coding, std::string_view bytes, uint64_t limit) {
  if (coding == Coding::identity) return std::string(bytes);
  if (bytes.size() > kMost) return fail(ErrorKind::full, "a compressed body of more than 1 GiB");
  Inflater inflater(coding, bytes);
  if (!inflater.open()) return fail(ErrorKind::unavailable, "no memory to inflate a body");
  std::string out;
  for (int result = Z_OK; result != Z_STREAM_END;) {
    const size_t before = out.size();
    const size_t room = std::min<uint64_t>(std::max(kPiece, before), limit + 1 - before);
    size_t count = 0;
    out.resize_and_overwrite(before + room, [&](char* text, size_t) {
      result = inflater.take({text + before, room}, count);
      return before + count;
    });
    if (out.size() > limit)
      return fail(ErrorKind::full, cat("the body inflates to more than ", size_text(limit)));
    if (result != Z_OK && result != Z_STREAM_END) {
      const std::string_view why = inflater.all_read() ? "it ends early" : "it is damaged";
      return fail(ErrorKind::invalid, cat("the body is no ", coding_name(coding), " stream: ", why));
    }
  }
  if (!inflater.all_read()) return fail(ErrorKind::invalid, "something follows the body's compressed stream");
  return out;
}

std::optional<std::string> encode(Coding coding, std::string_view bytes) {
  std::string out;
  z_stream stream{};
  const int window = coding == Coding::gzip ? kWindow + kGzip : kWindow;
  if (coding == Coding::identity || bytes.size() > kMost ||
      deflateInit2(&stream, kFast, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return std::nullopt;
  const size_t room = deflateBound(&stream, bytes.size());
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  out.resize_and_overwrite(room, [&](char* text, size_t) {
    stream.next_out = reinterpret_cast<Bytef*>(text);
    stream.avail_out = static_cast<uInt>(room);
    ::deflate(&stream, Z_FINISH);  // all of it fits, by deflateBound()
    return room - stream.avail_out;
  });
  deflateEnd(&stream);
  return out;
}

}  // namespace oree::http
