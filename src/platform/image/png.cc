#include "platform/image/png.h"

#include <spng.h>

#include "base/text.h"
#include "platform/image/exif.h"

namespace oree::image {

namespace {

// What colour profiles and texts may take; we use none of them.
constexpr size_t kMaxChunk = 4u << 20;
constexpr size_t kMaxChunks = 8u << 20;

struct CloseReader {
  void operator()(spng_ctx* reader) const { spng_ctx_free(reader); }
};
using Reader = std::unique_ptr<spng_ctx, CloseReader>;

std::unexpected<Error> refuse(int code) {
  if (code == SPNG_EMEM) return fail(ErrorKind::unavailable, "no memory for the PNG decoder");
  return fail(ErrorKind::invalid, cat("the PNG is damaged: ", std::string_view(spng_strerror(code))));
}

Result<Reader> open(ByteView bytes, spng_ihdr& header) {
  Reader reader(spng_ctx_new(0));
  if (!reader) return refuse(SPNG_EMEM);
  int code = spng_set_chunk_limits(reader.get(), kMaxChunk, kMaxChunks);
  if (code == SPNG_OK) code = spng_set_png_buffer(reader.get(), bytes.data(), bytes.size());
  if (code == SPNG_OK) code = spng_get_ihdr(reader.get(), &header);
  if (code != SPNG_OK) return refuse(code);
  return reader;
}

bool has_alpha(spng_ctx* reader, const spng_ihdr& header) {
  spng_trns transparent{};
  return header.color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA ||
         header.color_type == SPNG_COLOR_TYPE_TRUECOLOR_ALPHA ||
         spng_get_trns(reader, &transparent) == SPNG_OK;
}

Image on_white(const Image& rgba) {
  Image rgb(rgba.width(), rgba.height(), 3);
  const ImageView from = rgba.view();
  for (int y = 0; y < rgb.height(); ++y) {
    const uint8_t* pixel = from.row(y);
    uint8_t* to = rgb.row(y);
    for (int x = 0; x < rgb.width(); ++x, pixel += 4, to += 3) {
      const int alpha = pixel[3];
      for (int c = 0; c < 3; ++c)
        to[c] = static_cast<uint8_t>((pixel[c] * alpha + 255 * (255 - alpha) + 127) / 255);
    }
  }
  return rgb;
}

}  // namespace

bool is_png(ByteView bytes) {
  return as_text(bytes).starts_with("\x89PNG\r\n\x1a\n");
}

Result<ImageInfo> probe_png(ByteView bytes) {
  spng_ihdr header{};
  const Result<Reader> reader = open(bytes, header);
  if (!reader) return forward(reader);
  // libspng bounds both sides by 2^31 - 1.
  ImageInfo info{Format::png, static_cast<int>(header.width), static_cast<int>(header.height), 1};
  spng_exif exif{};
  if (spng_get_exif(reader->get(), &exif) == SPNG_OK)
    info.orientation = exif_orientation(as_bytes({exif.data, exif.length}));
  return info;
}

Result<Image> decode_png(ByteView bytes, const ImageInfo& info) {
  spng_ihdr header{};
  const Result<Reader> reader = open(bytes, header);
  if (!reader) return forward(reader);
  const bool with_alpha = has_alpha(reader->get(), header);
  Image image(info.width, info.height, with_alpha ? 4 : 3);
  const size_t size = size_t{header.width} * header.height * (with_alpha ? 4 : 3);
  const int code = spng_decode_image(reader->get(), image.row(0), size,
                                     with_alpha ? SPNG_FMT_RGBA8 : SPNG_FMT_RGB8, SPNG_DECODE_TRNS);
  if (code != SPNG_OK) return refuse(code);
  if (with_alpha) return on_white(image);
  return image;
}

}  // namespace oree::image
