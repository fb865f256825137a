// The one EXIF fact that changes pixels: tag 0x0112, orientation, in the first directory of a TIFF header
// (CIPA DC-008, section 4.6). Everything else in EXIF is left unread.
#pragma once

#include "base/bytes.h"

namespace oree::image {

// `tiff` begins with "II*\0" or "MM\0*". 1 when there is no usable orientation: a wrong EXIF block never
// refuses a picture.
int exif_orientation(ByteView tiff);

}  // namespace oree::image
