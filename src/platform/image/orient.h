// Turns a stored picture upright: the eight EXIF orientations.
#pragma once

#include "platform/image/image.h"

namespace oree::image {

// `orientation` 1..8. Orientation 1 hands the picture back untouched; 5..8 swap width and height.
Image upright(Image stored, int orientation);

}  // namespace oree::image
