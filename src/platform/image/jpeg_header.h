// The marker segments before a JPEG's first scan (ITU-T T.81, annex B), read without decoding anything.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace oree::image {

struct JpegHeader {
  int width = 0;
  int height = 0;
  bool progressive = false;
  int orientation = 1;
  size_t first_scan = 0;  // offset of the first SOS marker
};

// `invalid` when a segment is cut or there is no frame header before the first scan.
Result<JpegHeader> read_jpeg_header(ByteView bytes);

// Number of SOS markers from `first_scan` on; stops counting beyond `limit`.
size_t count_scans(ByteView bytes, const JpegHeader& header, size_t limit);

}  // namespace oree::image
