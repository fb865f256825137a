#include "platform/image/exif.h"

#include <doctest/doctest.h>

#include <initializer_list>

#include "platform/image/testing/pictures.h"

using namespace oree;
using namespace oree::image;

namespace {

ByteBuffer bytes(std::initializer_list<int> values) {
  ByteBuffer out;
  for (const int value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

// Little-endian, another tag first, orientation 6 second.
ByteBuffer little_endian() {
  return bytes({'I',  'I',  42, 0, 8, 0, 0, 0,                  // header
                2,    0,                                        // two entries
                0x0f, 0x01, 2,  0, 4, 0, 0, 0, 'a', 'b', 0, 0,  // maker
                0x12, 0x01, 3,  0, 1, 0, 0, 0, 6,   0,   0, 0});
}

}  // namespace

TEST_CASE("ReadsTheOrientationInBothByteOrders") {
  CHECK(exif_orientation(little_endian()) == 6);
  CHECK(exif_orientation(bytes({'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 8, 0, 0})) ==
        8);
}

TEST_CASE("EveryCutOfAnExifBlockIsUprightOrRead") {
  const ByteBuffer whole = little_endian();
  // The value's own two bytes end at 32; the two after it are padding.
  for (size_t size = 0; size < 32; ++size) CHECK(exif_orientation(ByteView(whole).first(size)) == 1);
  CHECK(exif_orientation(ByteView(whole).first(32)) == 6);
}

TEST_CASE("ImpossibleOrientationsAreUpright") {
  for (const int value : {0, 9, 255}) {
    ByteBuffer block = little_endian();
    block[30] = static_cast<std::byte>(value);
    CHECK(exif_orientation(block) == 1);
  }
  ByteBuffer as_long = little_endian();
  as_long[24] = std::byte{4};
  CHECK(exif_orientation(as_long) == 1);
}

TEST_CASE("ADirectoryOutsideTheBlockIsUpright") {
  for (const int offset : {0x22, 0x7f, 0xff}) {
    ByteBuffer block = little_endian();
    for (size_t i = 4; i < 8; ++i) block[i] = static_cast<std::byte>(offset);
    CHECK(exif_orientation(block) == 1);
  }
}

TEST_CASE("WhatIsNoTiffIsUpright") {
  ByteBuffer block = little_endian();
  block[2] = std::byte{43};
  CHECK(exif_orientation(block) == 1);
  CHECK(exif_orientation({}) == 1);
}
