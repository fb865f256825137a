// The filter on real photographs against its definition. Needs the shared data; skips without.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "platform/image/testing/pictures.h"

using namespace oree;
using namespace oree::image;
using namespace oree::image::testing;

namespace {

std::filesystem::path shared_data() {
  const char* said = std::getenv("OREE_SHARED_DATA");
  return said != nullptr ? std::filesystem::path(said)
                         : std::filesystem::path(OREE_SOURCE_DIR).parent_path() / "shared/data";
}

ByteBuffer read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const ByteView bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

double largest_error(const ImageView& source, const Preprocess& spec, const Region& region) {
  std::vector<float> values(static_cast<size_t>(spec.width) * static_cast<size_t>(spec.height) * 3);
  REQUIRE(write_tensor(source, spec, std::as_writable_bytes(std::span(values))));
  const auto reference = reference_resize(source, region, spec.width, spec.height);
  double largest = 0;
  for (size_t i = 0; i < values.size(); ++i)
    largest = std::max(largest, std::abs(static_cast<double>(values[i]) - reference[i]));
  return largest;
}

}  // namespace

TEST_CASE("PhotographsAreResizedAsDefined") {
  const auto folder = shared_data() / "coral-photos";
  if (!std::filesystem::exists(folder)) {
    MESSAGE("skipped: no ", folder.string(), "; set OREE_SHARED_DATA");
    return;
  }
  for (const char* name : {"cat_720p.jpg", "owl.jpg", "parrot.jpg", "pets.jpg", "hot_dog.jpg"}) {
    CAPTURE(name);
    const auto photo = decode(read_file(folder / name), {});
    REQUIRE(photo);
    const double width = photo->width(), height = photo->height();
    Preprocess spec;
    spec.layout = Layout::nhwc;
    spec.width = spec.height = 96;
    CHECK(largest_error(photo->view(), spec, {0, 0, width, height}) < 0.001);

    spec.resize = Resize::center_crop;
    spec.crop = 0.875f;
    const double side = 0.875 * std::min(width, height);
    CHECK(largest_error(photo->view(), spec, {(width - side) / 2, (height - side) / 2, side, side}) < 0.001);
  }
}
