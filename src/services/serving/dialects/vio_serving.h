// VIO's model serving (tflite_serving): which models there are, and one picture asked of one of them.
//
//   GET  /v1  /v1/models  /v1/models/{model}/metadata
//   POST /v1/models/{model}/versions/{version}:predict     body: the encoded picture
// Answers have prediction_type "class" or "objects", as VIO's; "mask" for segmenters, which VIO has not.
// Errors are
// {"detail": sentence}: 400 for an empty or broken picture, 404 for an unknown model.
#pragma once

#include "platform/http/router.h"
#include "platform/image/image.h"
#include "platform/json/value.h"
#include "services/serving/repository/model_repository.h"

namespace oree::serving {

// The two calls that share their addresses with another server's interface, for whoever mounts both.
// `repository` must outlive them.
http::Handler vio_predict(ModelRepository& repository, const image::DecodeLimits& limits);
json::Object vio_metadata(ModelRepository& repository, std::string_view model);  // empty: nothing to say

// `repository` must outlive the router.
void mount_vio_serving(http::Router& router, ModelRepository& repository, const image::DecodeLimits& limits);

}  // namespace oree::serving
