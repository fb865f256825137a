// The HTTP face of a container exported from Azure Custom Vision, so that programs written for one keep
// working: POST a picture (or its address), get every label's probability in one fixed JSON shape.
//
//   POST /image  /{project}/image[/nostore]  /{project}/{classify|detect}/iterations/{name}/image[/nostore]
//   POST the same with /url in place of /image, body {"url": "http://…"}
//
// GET / is shared with the pages: custom_vision_greeting() is what it answers to programs that want no HTML.
// The success body is byte for byte that of the original: sorted keys, no spaces, a line feed at the end,
// created without time zone, probabilities as FP32 rounded to 8 decimals and printed as Python prints a
// double.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "core/inference/predictor.h"
#include "platform/http/router.h"
#include "platform/image/image.h"

namespace oree::serving {

// Gives the bytes behind an address.
using FetchPicture = std::function<Result<std::string>(std::string_view address)>;
// Plain http with a deadline of 10 s.
FetchPicture fetch_over_http();

struct CustomVision {
  inference::PredictorSource* models = nullptr;  // must outlive the router
  const Clock* clock = nullptr;                  // must outlive the router
  std::function<std::string()> model;            // which one answers, asked at every call
  FetchPicture fetch;                            // none: the /url routes answer 501
  image::DecodeLimits limits;
  // Errors as the original has them: 500 or 200 with a sentence in place of 400.
  bool legacy_errors = false;
};

void mount_custom_vision(http::Router& router, CustomVision setup);

http::Response custom_vision_greeting();

}  // namespace oree::serving
