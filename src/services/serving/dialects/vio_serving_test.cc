#include "services/serving/dialects/vio_serving.h"

#include <doctest/doctest.h>

#include "platform/json/value.h"
#include "services/serving/testing/models.h"

namespace oree::serving {
namespace {

struct Mounted {
  testing::Models models;
  std::unique_ptr<ModelRepository> repository;
  http::Router router;

  Mounted() {
    models.add("light", "1", "brightness");
    models.folder.write("light/1/model.yaml",
                        "task: classification\nlabels: [bright, dark]\ninput: {scale: 0.00392156862745}\n"
                        "output: {decode: probabilities}\n");
    repository = models.open();
    mount_vio_serving(router, *repository, {});
  }
};

std::string jpeg(uint8_t value) {
  image::Image image(16, 16, 3);
  std::fill_n(image.row(0), 16 * 16 * 3, value);
  return std::string(as_text(*image::encode_jpeg(image.view(), 90)));
}

TEST_CASE("VioListsItsModelsAndWhatTheyTake") {
  const Mounted server;
  CHECK(testing::call(server.router, "GET", "/v1/models").body == R"(["light"])");
  CHECK(testing::call(server.router, "GET", "/v1/models/light/metadata").body ==
        R"({"input_shape":[1,3,4,4],"input_dtype":"fp32","output_type":"classification",)"
        R"("class_names":["bright","dark"],"normalization":"yolo"})");
  CHECK(testing::call(server.router, "GET", "/v1/models/none/metadata").status == 404);
}

TEST_CASE("VioPredictsFromTheRawPicture") {
  const Mounted server;
  const http::Response response =
      testing::call(server.router, "POST", "/v1/models/light/versions/1:predict", jpeg(255));
  CHECK(response.status == 200);
  CHECK(response.body == R"({"prediction_type":"class","label":"bright","probability":1.0})");
}

TEST_CASE("VioRefusesWithADetail") {
  const Mounted server;
  const auto refused = [&](std::string_view path, std::string_view body) {
    const http::Response response = testing::call(server.router, "POST", path, body);
    const auto parsed = json::parse(response.body);
    REQUIRE(parsed.has_value());
    CHECK(parsed->find("detail") != nullptr);
    return response.status;
  };
  CHECK(refused("/v1/models/light/versions/1:predict", "") == 400);
  CHECK(refused("/v1/models/light/versions/1:predict", "no picture") == 400);
  CHECK(refused("/v1/models/none/versions/1:predict", jpeg(0)) == 404);
  CHECK(refused("/v1/models/light/versions/9:predict", jpeg(0)) == 404);
  CHECK(refused("/v1/models/light/versions/1", jpeg(0)) == 404);
}

}  // namespace
}  // namespace oree::serving
