// ONNX files that mean harm, for backends that read them: weights from outside the model's folder, tensors
// larger than any memory. Each must be refused with an error that names the file, or fail when it is run;
// none may end the process or read what it should not.
#pragma once

#include "core/inference/model.h"

namespace oree::inference::testing {

void check_hostile_onnx(Backend& backend);

}  // namespace oree::inference::testing
