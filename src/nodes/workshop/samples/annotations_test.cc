#include "nodes/workshop/samples/annotations.h"

#include <doctest/doctest.h>

using namespace oree;
using namespace oree::workshop;

namespace {

const std::vector<std::string> kLabels{"person", "car"};

Result<Annotations> read(const std::string& annotations, const std::string& categories) {
  return parse_annotations(R"({"images": [{"id": 7, "file_name": "a.jpg"}, {"id": 8, "file_name": "b.jpg"}],)"
                           R"("annotations": [)" +
                               annotations + R"(], "categories": [)" + categories + "]}",
                           kLabels);
}

}  // namespace

TEST_CASE("Boxes come with the label of their category's name, pictures without boxes are kept") {
  const auto found = read(R"({"image_id": 7, "category_id": 30, "bbox": [1, 2, 3, 4.5], "iscrowd": 1},)"
                          R"({"image_id": 7, "category_id": 31, "bbox": [0, 0, 1, 1]})",
                          R"({"id": 30, "name": "Car"}, {"id": 31, "name": "horse"})");
  REQUIRE(found);
  CHECK(found->size() == 2);
  CHECK(found->at("b.jpg").empty());
  REQUIRE(found->at("a.jpg").size() == 1);  // no horses in this network
  const certification::Truth& truth = found->at("a.jpg")[0];
  CHECK(truth.label_index == 1);
  CHECK(truth.crowd);
  CHECK(truth.box.right == 4);
  CHECK(truth.box.bottom == 6.5f);
}

TEST_CASE("Categories without a known name are labels in the order of their ids") {
  const auto found = read(R"({"image_id": 7, "category_id": 90, "bbox": [0, 0, 1, 1]})",
                          R"({"id": 90, "name": "zebra"}, {"id": 3, "name": "cow"})");
  REQUIRE(found);
  CHECK(found->at("a.jpg")[0].label_index == 1);
}

TEST_CASE("Annotations that cannot be are refused with the entry's number") {
  const std::string car = R"({"id": 1, "name": "car"})";
  const auto what = [&](const std::string& entry) { return read(entry, car).error().what; };
  CHECK(what(R"({"image_id": 9, "category_id": 1, "bbox": [0, 0, 1, 1]})").find("entry 0: no picture") !=
        std::string::npos);
  CHECK(what(R"({"image_id": 7, "category_id": 1, "bbox": [0, 0, -1, 1]})").find("entry 0") !=
        std::string::npos);
  CHECK(what(R"({"image_id": 7, "category_id": 1, "bbox": [0, 0, 1]})").find("[left, top, width, height]") !=
        std::string::npos);
  CHECK(what(R"({"image_id": 7, "category_id": 1, "bbox": [0, 0, "1", 1]})").find("four numbers") !=
        std::string::npos);
  CHECK(parse_annotations("[]", kLabels).error().what.find("'images'") != std::string::npos);
  const auto many = read("", R"({"id": 1, "name": "a"}, {"id": 2, "name": "b"}, {"id": 3, "name": "c"})");
  CHECK(many.error().what.find("3 categories") != std::string::npos);
}
