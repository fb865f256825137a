#include <cstdlib>
#include <cstring>

#include "services/series/byte_stream.h"
#include "services/series/chunk.h"

// Anything decodes or is refused; what can be decoded means the same after another round. The first byte
// chooses; the checksum is made right, or no mutation would come past it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree;
  using namespace oree::series;
  if (size < 2) return 0;
  const ByteView body(reinterpret_cast<const std::byte*>(data) + 1, size - 1);
  ByteBuffer sealed(body.begin(), body.end());
  seal(sealed);
  if (data[0] % 3 == 0) {
    std::vector<Point> points, again;
    if (!decode_points(sealed, points)) return 0;
    if (!decode_points(encode_points(points), again) || again.size() != points.size()) std::abort();
    if (!points.empty() && std::memcmp(points.data(), again.data(), points.size() * sizeof(Point)) != 0)
      std::abort();
  } else if (data[0] % 3 == 1) {
    std::vector<Bucket> buckets, again;
    if (!decode_buckets(sealed, buckets)) return 0;
    if (!decode_buckets(encode_buckets(buckets), again) || again.size() != buckets.size()) std::abort();
  } else {
    std::vector<Point> points(body.size() / sizeof(Point)), again;
    if (points.empty()) return 0;
    std::memcpy(points.data(), body.data(), points.size() * sizeof(Point));
    if (!decode_points(encode_points(points), again) || again.size() != points.size()) std::abort();
    if (std::memcmp(points.data(), again.data(), points.size() * sizeof(Point)) != 0) std::abort();
  }
  return 0;
}
