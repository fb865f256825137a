#include "platform/image/orient.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace oree::image {

namespace {

// Stored pixel for upright (x, y): swap the two when `transpose`, then count from the far side where `flip`.
struct Turn {
  bool transpose;
  bool flip_x;  // in the stored picture
  bool flip_y;
};

constexpr std::array<Turn, 8> kTurns{{
    {false, false, false},  // 1 upright
    {false, true, false},   // 2 mirrored
    {false, true, true},    // 3 upside down
    {false, false, true},   // 4 mirrored upside down
    {true, false, false},   // 5 mirrored, on its side
    {true, false, true},    // 6 turn right to see it upright
    {true, true, true},     // 7 mirrored, on the other side
    {true, true, false},    // 8 turn left to see it upright
}};

// A tile of both pictures fits the first-level cache; a turned walk without tiles misses on every pixel.
constexpr int kTile = 32;

}  // namespace

Image upright(Image stored, int orientation) {
  const Turn turn = kTurns[static_cast<size_t>(orientation - 1)];
  if (orientation == 1) return stored;
  const int channels = stored.channels();
  const int width = turn.transpose ? stored.height() : stored.width();
  const int height = turn.transpose ? stored.width() : stored.height();
  const ImageView from = stored.view();

  const ptrdiff_t step_x = turn.flip_x ? -channels : channels;
  const ptrdiff_t step_y = turn.flip_y ? -from.stride : from.stride;
  const uint8_t* origin = from.pixels + (turn.flip_x ? (from.width - 1) * ptrdiff_t{channels} : 0) +
                          (turn.flip_y ? (from.height - 1) * from.stride : 0);
  const ptrdiff_t along_row = turn.transpose ? step_y : step_x;
  const ptrdiff_t along_column = turn.transpose ? step_x : step_y;

  Image out(width, height, channels);
  const auto pixel = static_cast<size_t>(channels);
  for (int top = 0; top < height; top += kTile)
    for (int left = 0; left < width; left += kTile)
      for (int y = top; y < std::min(height, top + kTile); ++y) {
        uint8_t* to = out.row(y) + ptrdiff_t{left} * channels;
        const uint8_t* source = origin + y * along_column + left * along_row;
        for (int x = left; x < std::min(width, left + kTile); ++x, to += channels, source += along_row)
          std::memcpy(to, source, pixel);
      }
  return out;
}

}  // namespace oree::image
