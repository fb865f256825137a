// TensorFlow Serving's classify and regress: examples of named features in, a label with its score or a
// number out.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "core/inference/service/service.h"

namespace oree::dialects {

// {"examples": [{feature: value or list}], "context": {…}} → {"results": …}. For `classify` the first output
// gives the scores; its labels, where the model has some, are the classes' names.
Result<std::string> ask_examples(inference::Served& served, std::string_view body, bool classify);

}  // namespace oree::dialects
