#include "platform/image/jpeg.h"

#include <turbojpeg.h>

#include "base/text.h"
#include "platform/image/jpeg_header.h"
#include "platform/image/view.h"

namespace oree::image {

namespace {

// Each scan of a progressive JPEG costs a pass over all pixels and may take but a few bytes. Encoders write
// about ten.
constexpr size_t kMaxScans = 100;

struct CloseCodec {
  void operator()(void* codec) const { tjDestroy(codec); }
};
using Codec = std::unique_ptr<void, CloseCodec>;

const unsigned char* raw(ByteView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

// Some cameras leave padding between the last scan and the end marker: every pixel is there all the same.
// Any other warning (data that ends early, impossible codes) means that pixels were made up.
bool is_harmless(tjhandle codec) {
  return tjGetErrorCode(codec) == TJERR_WARNING &&
         std::string_view(tjGetErrorStr2(codec)).ends_with("extraneous bytes before marker 0xd9");
}

Status decompress(tjhandle codec, ByteView bytes, Image& out, int format) {
  const int done =
      tjDecompress2(codec, raw(bytes), static_cast<unsigned long>(bytes.size()), out.row(0), out.width(),
                    out.width() * out.channels(), out.height(), format, TJFLAG_LIMITSCANS);
  if (done == 0 || is_harmless(codec)) return {};
  return fail(ErrorKind::invalid, cat("the JPEG is damaged: ", std::string_view(tjGetErrorStr2(codec))));
}

// Adobe stores ink inverted, and nobody else writes CMYK JPEGs: 255 is no ink.
Image without_ink(const Image& cmyk) {
  Image rgb(cmyk.width(), cmyk.height(), 3);
  const ImageView from = cmyk.view();
  for (int y = 0; y < rgb.height(); ++y) {
    const uint8_t* ink = from.row(y);
    uint8_t* to = rgb.row(y);
    for (int x = 0; x < rgb.width(); ++x, ink += 4, to += 3)
      for (int c = 0; c < 3; ++c) to[c] = static_cast<uint8_t>((ink[c] * ink[3] + 127) / 255);
  }
  return rgb;
}

Status check_scans(ByteView bytes) {
  const Result<JpegHeader> header = read_jpeg_header(bytes);
  if (!header) return forward(header);
  if (!header->progressive || count_scans(bytes, *header, kMaxScans) <= kMaxScans) return {};
  return fail(ErrorKind::invalid, cat("the JPEG has more than ", kMaxScans, " progressive scans"));
}

}  // namespace

bool is_jpeg(ByteView bytes) {
  return as_text(bytes).starts_with("\xff\xd8\xff");
}

Result<ImageInfo> probe_jpeg(ByteView bytes) {
  const Result<JpegHeader> header = read_jpeg_header(bytes);
  if (!header) return forward(header);
  return ImageInfo{Format::jpeg, header->width, header->height, header->orientation};
}

Result<Image> decode_jpeg(ByteView bytes, const ImageInfo& info) {
  if (const Status scans = check_scans(bytes); !scans) return forward(scans);
  const Codec codec(tjInitDecompress());
  if (!codec) return fail(ErrorKind::unavailable, "no memory for the JPEG decoder");
  int width = 0, height = 0, subsampling = 0, colours = 0;
  if (tjDecompressHeader3(codec.get(), raw(bytes), static_cast<unsigned long>(bytes.size()), &width, &height,
                          &subsampling, &colours) != 0)
    return fail(ErrorKind::invalid,
                cat("the JPEG cannot be read: ", std::string_view(tjGetErrorStr2(codec.get()))));
  // The limits were checked on our own reading of the header; the decoder must have read the same.
  if (width != info.width || height != info.height)
    return fail(ErrorKind::invalid, "the JPEG's header is ambiguous about its size");

  const bool is_ink = colours == TJCS_CMYK || colours == TJCS_YCCK;
  Image image(width, height, is_ink ? 4 : 3);
  const Status done = decompress(codec.get(), bytes, image, is_ink ? TJPF_CMYK : TJPF_RGB);
  if (!done) return forward(done);
  if (is_ink) return without_ink(image);
  return image;
}

Result<ByteBuffer> encode_jpeg(const ImageView& image, int quality) {
  if (quality < 1 || quality > 100)
    return fail(ErrorKind::invalid, cat("JPEG quality is 1 to 100, not ", quality));
  if (const Status usable = check_view(image); !usable) return forward(usable);
  const Codec codec(tjInitCompress());
  if (!codec) return fail(ErrorKind::unavailable, "no memory for the JPEG encoder");
  const bool is_grey = image.channels == 1;
  unsigned char* written = nullptr;
  unsigned long size = 0;
  const int done = tjCompress2(codec.get(), image.pixels, image.width, static_cast<int>(image.stride),
                               image.height, is_grey ? TJPF_GRAY : TJPF_RGB, &written, &size,
                               is_grey ? TJSAMP_GRAY : TJSAMP_420, quality, 0);
  const std::unique_ptr<unsigned char, void (*)(unsigned char*)> owned(written, tjFree);
  if (done != 0)
    return fail(ErrorKind::invalid,
                cat("cannot write a JPEG: ", std::string_view(tjGetErrorStr2(codec.get()))));
  const auto* begin = reinterpret_cast<const std::byte*>(written);
  return ByteBuffer(begin, begin + size);
}

}  // namespace oree::image
