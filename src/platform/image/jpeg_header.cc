#include "platform/image/jpeg_header.h"

#include <cstring>

#include "base/text.h"
#include "platform/image/exif.h"

namespace oree::image {

namespace {

constexpr unsigned kStuffing = 0xff;
constexpr unsigned kStartOfScan = 0xda;
constexpr unsigned kEndOfImage = 0xd9;
constexpr unsigned kApp1 = 0xe1;
// A real file has a few dozen; the limit keeps a probe of a hostile one to microseconds.
constexpr int kMaxSegments = 4096;

unsigned byte_at(ByteView bytes, size_t at) {
  return std::to_integer<unsigned>(bytes[at]);
}
unsigned word_at(ByteView bytes, size_t at) {
  return byte_at(bytes, at) << 8 | byte_at(bytes, at + 1);
}

// SOF0..SOF15; C4, C8 and CC in that range are other things.
bool is_frame(unsigned marker) {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}
bool is_progressive(unsigned marker) {
  return marker == 0xc2 || marker == 0xc6 || marker == 0xca || marker == 0xce;
}

Status read_frame(unsigned marker, ByteView body, JpegHeader& header) {
  if (body.size() < 6) return fail(ErrorKind::invalid, "the JPEG's frame header is cut");
  if (header.width != 0) return fail(ErrorKind::invalid, "the JPEG has two frame headers");
  header.height = static_cast<int>(word_at(body, 1));
  header.width = static_cast<int>(word_at(body, 3));
  header.progressive = is_progressive(marker);
  if (header.width == 0 || header.height == 0)
    return fail(ErrorKind::invalid, cat("the JPEG says ", header.width, "x", header.height, " pixels"));
  return {};
}

void read_app1(ByteView body, JpegHeader& header) {
  constexpr std::string_view kExif("Exif\0\0", 6);
  if (!as_text(body).starts_with(kExif)) return;
  header.orientation = exif_orientation(body.subspan(kExif.size()));
}

}  // namespace

Result<JpegHeader> read_jpeg_header(ByteView bytes) {
  JpegHeader header;
  size_t at = 2;  // past SOI
  for (int segment = 0; segment < kMaxSegments; ++segment) {
    if (at >= bytes.size()) return fail(ErrorKind::invalid, "the JPEG is cut in its header");
    if (byte_at(bytes, at) != kStuffing)
      return fail(ErrorKind::invalid, cat("the JPEG has no marker at byte ", at, " of its header"));
    const size_t marker_at = at;
    while (at < bytes.size() && byte_at(bytes, at) == kStuffing) ++at;
    if (bytes.size() - at < 3) return fail(ErrorKind::invalid, "the JPEG is cut in its header");
    const unsigned marker = byte_at(bytes, at);
    if (marker == kEndOfImage) return fail(ErrorKind::invalid, "the JPEG ends before any picture");
    if (marker == kStartOfScan) {
      if (header.width == 0) return fail(ErrorKind::invalid, "the JPEG has a scan before its frame header");
      header.first_scan = marker_at;
      return header;
    }
    const size_t length = word_at(bytes, at + 1);  // counts its own two bytes, not the marker
    if (length < 2 || bytes.size() - at - 1 < length)
      return fail(ErrorKind::invalid, cat("the JPEG's header segment at byte ", marker_at, " is cut"));
    const ByteView body = bytes.subspan(at + 3, length - 2);
    if (is_frame(marker)) {
      if (const Status frame = read_frame(marker, body, header); !frame) return forward(frame);
    } else if (marker == kApp1) {
      read_app1(body, header);
    }
    at += 1 + length;
  }
  return fail(ErrorKind::invalid, cat("the JPEG has more than ", kMaxSegments, " header segments"));
}

size_t count_scans(ByteView bytes, const JpegHeader& header, size_t limit) {
  size_t scans = 0;
  const std::byte* at = bytes.data() + header.first_scan;
  const std::byte* end = bytes.data() + bytes.size();
  while (end - at >= 2 && scans <= limit) {
    at = static_cast<const std::byte*>(std::memchr(at, int{kStuffing}, static_cast<size_t>(end - at - 1)));
    if (at == nullptr) break;
    scans += at[1] == std::byte{kStartOfScan};
    ++at;
  }
  return scans;
}

}  // namespace oree::image
