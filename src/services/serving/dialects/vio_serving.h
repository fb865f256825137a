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
#include "services/serving/repository/model_repository.h"

namespace oree::serving {

// `repository` must outlive the router.
void mount_vio_serving(http::Router& router, ModelRepository& repository, const image::DecodeLimits& limits);

}  // namespace oree::serving
