#include "services/serving/dialects/custom_vision.h"

#include <doctest/doctest.h>

#include "base/testing/fake_clock.h"
#include "base/text.h"
#include "services/serving/dialects/custom_vision_body.h"
#include "services/serving/testing/models.h"

namespace oree::serving {
namespace {

// Answers every picture alike, and remembers its size.
class OneAnswer final : public inference::PredictorSource, public inference::Predictor {
 public:
  explicit OneAnswer(inference::Prediction prediction) : prediction_(std::move(prediction)) {}

  Result<std::shared_ptr<const inference::Predictor>> find(std::string_view name, std::string_view) override {
    if (name != "fruit") return fail(ErrorKind::not_found, cat("no model '", name, "'"));
    return std::shared_ptr<const inference::Predictor>(std::shared_ptr<void>(), this);
  }
  const inference::Identity& identity() const override { return identity_; }
  Result<inference::Prediction> predict(const image::ImageView& image,
                                        inference::PredictTimings*) const override {
    seen = {image.width, image.height};
    return prediction_;
  }

  mutable std::pair<int, int> seen;

 private:
  inference::Prediction prediction_;
  inference::Identity identity_{"fruit", "1", ""};
};

inference::Prediction apple_or_pear() {
  inference::Prediction prediction;
  prediction.classes = {{"pear", 0.00043845f}, {"apple", 0.99956155f}, {"dust", 1e-9f}};
  return prediction;
}

std::string jpeg(int width, int height) {
  image::Image image(width, height, 3);
  std::fill_n(image.row(0), width * height * 3, uint8_t{128});
  return std::string(as_text(*image::encode_jpeg(image.view(), 90)));
}

struct Mounted {
  OneAnswer models{apple_or_pear()};
  oree::testing::FakeClock clock{*parse_iso("2026-11-22T19:40:52.123456Z")};
  http::Router router;
  std::string fetched_from;

  explicit Mounted(bool legacy = false, std::string model = "fruit") {
    CustomVision setup;
    setup.models = &models;
    setup.clock = &clock;
    setup.model = [model] { return model; };
    setup.fetch = [this](std::string_view address) -> Result<std::string> {
      fetched_from = address;
      if (address.ends_with("lost.jpg")) return fail(ErrorKind::unavailable, "lost");
      return jpeg(12, 6);
    };
    setup.legacy_errors = legacy;
    mount_custom_vision(router, std::move(setup));
  }
  http::Response post(std::string_view path, std::string_view body,
                      const std::vector<http::Header>& headers = {}) const {
    return serving::testing::call(router, "POST", path, body, headers);
  }
};

TEST_CASE("TheSuccessBodyIsByteForByteTheOriginals") {
  Mounted server;
  const http::Response response = server.post("/image", jpeg(8, 4), {{"Content-Type", "image/jpeg"}});
  CHECK(response.status == 200);
  CHECK(response.body ==
        R"({"created":"2026-11-22T19:40:52.123456","id":"","iteration":"","predictions":)"
        R"([{"boundingBox":null,"probability":0.0004384499916341156,"tagId":"","tagName":"pear"},)"
        R"({"boundingBox":null,"probability":0.9995615482330322,"tagId":"","tagName":"apple"}],"project":""})"
        "\n");
  CHECK(server.models.seen == std::pair{8, 4});
}

TEST_CASE("EveryPathOfTheOriginalIsServed") {
  const Mounted server;
  const std::string picture = jpeg(8, 4);
  for (const std::string_view path :
       {"/image", "/p/image", "/p/image/nostore", "/p/classify/iterations/Iteration1/image",
        "/p/classify/iterations/Iteration1/image/nostore", "/p/detect/iterations/Iteration1/image",
        "/p/detect/iterations/Iteration1/image/nostore"}) {
    INFO(path);
    CHECK(server.post(path, picture).status == 200);
    const std::string by_address =
        cat(path.substr(0, path.find("image")), "url", path.ends_with("/nostore") ? "/nostore" : "");
    CHECK(server.post(by_address, R"({"url":"http://camera/1.jpg"})").status == 200);
  }
  CHECK(custom_vision_greeting().body == "CustomVision.ai model host harness");
}

TEST_CASE("ThePictureMayBeAPartOfAForm") {
  const Mounted server;
  const std::string body =
      cat("--x\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nno\r\n",
          "--x\r\nContent-Disposition: form-data; name=\"imageData\"; filename=\"a.jpg\"\r\n",
          "Content-Type: image/jpeg\r\n\r\n", jpeg(10, 10), "\r\n--x--\r\n");
  const std::vector<http::Header> headers{{"Content-Type", "multipart/form-data; boundary=x"}};
  CHECK(server.post("/image", body, headers).status == 200);
  CHECK(server.models.seen == std::pair{10, 10});
  const std::string without = "--x\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nno\r\n--x--\r\n";
  const http::Response refused = server.post("/image", without, headers);
  CHECK(refused.status == 400);
  CHECK(refused.body.find("imageData") != std::string::npos);
}

TEST_CASE("AddressesAreFetchedInBothSpellings") {
  const Mounted server;
  CHECK(server.post("/url", R"({"Url":"http://camera/2.jpg"})").status == 200);
  CHECK(server.fetched_from == "http://camera/2.jpg");
  CHECK(server.models.seen == std::pair{12, 6});
}

TEST_CASE("ErrorsSayWhatIsWrongWithTheRightStatus") {
  const Mounted server;
  CHECK(server.post("/image", "").status == 400);
  CHECK(server.post("/image", "no picture").status == 400);
  CHECK(server.post("/image", "no picture").body.starts_with(R"({"error":")"));
  CHECK(server.post("/url", "{}").body == R"({"error":"the body has no 'url'"})");
  CHECK(server.post("/url", "x").status == 400);
  CHECK(server.post("/url", R"({"url":"http://camera/lost.jpg"})").status == 503);
  const Mounted without_model(false, "nothing");
  CHECK(without_model.post("/image", jpeg(8, 8)).status == 404);
  http::Router router;
  OneAnswer models(apple_or_pear());
  CustomVision no_fetch;
  no_fetch.models = &models;
  mount_custom_vision(router, std::move(no_fetch));
  CHECK(serving::testing::call(router, "POST", "/url", R"({"url":"http://a/b"})").status == 501);
}

TEST_CASE("LegacyErrorsAreThoseOfTheOriginal") {
  const Mounted server(true);
  const http::Response picture = server.post("/image", "no picture");
  CHECK(picture.status == 500);
  CHECK(picture.body == "Error processing image");
  const http::Response address = server.post("/url", R"({"url":"http://camera/lost.jpg"})");
  CHECK(address.status == 200);
  CHECK(address.body == "Error processing image");
}

TEST_CASE("DetectionsHaveBoxesInFractionsOfThePicture") {
  inference::Prediction prediction;
  prediction.kind = inference::PredictionKind::objects;
  prediction.objects = {{{10, 20, 30, 100}, "bolt \"M4\"", 0.5f, 3}};
  const auto body = custom_vision_body(prediction, *parse_iso("2026-11-22T19:40:52Z"), 300, 200);
  REQUIRE(body.has_value());
  CHECK(*body ==
        R"({"created":"2026-11-22T19:40:52","id":"","iteration":"","predictions":[{"boundingBox":)"
        R"({"height":0.4,"left":0.03333333,"top":0.1,"width":0.06666667},"probability":0.5,"tagId":3,)"
        R"("tagName":"bolt \"M4\""}],"project":""})"
        "\n");
  prediction.kind = inference::PredictionKind::mask;
  CHECK_FALSE(custom_vision_body(prediction, {}, 1, 1).has_value());
}

TEST_CASE("ScoresAreRoundedIn32Bits") {
  inference::Prediction prediction;
  prediction.classes = {{"a", 2.5e-8f}, {"b", 0.0123456789f}, {"c", 1}, {"d", 1e-8f}};
  const auto body = custom_vision_body(prediction, {}, 1, 1);
  REQUIRE(body.has_value());
  // What numpy 2 makes of round(numpy.float32(x), 8).
  CHECK(body->find("\"probability\":1.999999987845058e-08,") != std::string::npos);
  CHECK(body->find("\"probability\":0.01234568003565073,") != std::string::npos);
  CHECK(body->find("\"probability\":1.0,") != std::string::npos);
  CHECK(body->find("\"d\"") == std::string::npos);
}

TEST_CASE("NumbersLookAsPythonPrintsThem") {
  CHECK(python_float(0) == "0.0");
  CHECK(python_float(1) == "1.0");
  CHECK(python_float(0.0001) == "0.0001");
  CHECK(python_float(0.00001) == "1e-05");
  CHECK(python_float(1.2345e-7) == "1.2345e-07");
  CHECK(python_float(123456789012345680.0) == "1.2345678901234568e+17");
  CHECK(python_float(1e15) == "1000000000000000.0");
  CHECK(python_float(-2.5) == "-2.5");
}

}  // namespace
}  // namespace oree::serving
