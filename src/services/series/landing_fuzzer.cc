#include <cstdlib>

#include "services/series/byte_stream.h"
#include "services/series/landing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree;
  using namespace oree::series;
  const ByteView body(reinterpret_cast<const std::byte*>(data), size);
  ByteBuffer sealed(body.begin(), body.end());
  seal(sealed);
  size_t seen = 0;
  const auto every = [](SeriesId id) { return id % 2 == 0; };
  const auto count = [&](SeriesId id, std::span<const Point> points) {
    if (id % 2 != 0) std::abort();
    seen += points.size();
  };
  (void)decode_landing(100, sealed, every, count);
  if (seen > size) std::abort();
  return 0;
}
