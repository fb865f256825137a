// The graph's input: which one, its layout, channels, size and pixels.
#include <algorithm>

#include "core/package/complete.h"
#include "core/package/names.h"

namespace oree::package {
namespace {

using image::Channels;
using image::Layout;
using tensor::TensorSpec;

std::string names_of(const std::vector<TensorSpec>& specs) {
  std::vector<std::string> names;
  for (const auto& spec : specs) names.push_back(spec.name);
  return join(names, ", ");
}

const TensorSpec* choose(Completion& completion, const std::vector<TensorSpec>& inputs) {
  Manifest& manifest = completion.manifest;
  if (inputs.size() != 1) {
    completion.refuse(cat("input: the graph has ", inputs.size(), " inputs (", names_of(inputs),
                          "), a picture fills one; export it with one input"));
    return nullptr;
  }
  const TensorSpec& input = inputs.front();
  if (!manifest.input_name.empty() && manifest.input_name != input.name) {
    completion.ask(
        cat("input: 'name' is '", manifest.input_name, "', but the graph's input is '", input.name, "'"),
        cat("input: {name: ", input.name, "}"));
    return nullptr;
  }
  manifest.input_name = input.name;
  if (input.shape.size() != 4) {
    completion.refuse(cat("input: ", spec_text(input),
                          " is no batch of pictures; export it with 4 dimensions, such as [1,3,224,224]"));
    return nullptr;
  }
  if (input.shape[0] != 1 && input.shape[0] != -1) {
    completion.refuse(cat("input: ", spec_text(input), " wants ", input.shape[0],
                          " pictures at once; export it with batch 1 or a variable one"));
    return nullptr;
  }
  return &input;
}

bool counts_channels(int64_t dimension) {
  return dimension == 1 || dimension == 3;
}

// False when the layout stays unknown.
bool find_layout(Completion& completion, const TensorSpec& input) {
  Manifest& manifest = completion.manifest;
  const int64_t second = input.shape[1];
  const int64_t last = input.shape[3];
  if (manifest.layout_given) {
    const bool nchw = manifest.input.layout == Layout::nchw;
    const int64_t channels = nchw ? second : last;
    if (counts_channels(channels) || channels == -1) return true;
    const std::string_view other = nchw ? "nhwc" : "nchw";
    completion.ask(cat("input: 'layout' is ", nchw ? "nchw" : "nhwc", ", but ", spec_text(input), " has ",
                       channels, " channels then"),
                   cat("input: {layout: ", other, "}"));
    return false;
  }
  if (counts_channels(second) == counts_channels(last)) {
    completion.ask(cat("input: the layout of ", spec_text(input), " cannot be told from its shape"),
                   "input: {layout: nchw}");
    return false;
  }
  manifest.input.layout = counts_channels(second) ? Layout::nchw : Layout::nhwc;
  return true;
}

void find_channels(Completion& completion, const TensorSpec& input, int64_t count) {
  Manifest& manifest = completion.manifest;
  const bool gray = manifest.input.channels == Channels::gray;
  if (!manifest.channels_given) {
    if (count == 1) manifest.input.channels = Channels::gray;
  } else if (gray && count == 3) {
    completion.ask(cat("input: 'channels' is gray, but ", spec_text(input), " takes 3"),
                   "input: {channels: rgb}");
  } else if (!gray && count == 1) {
    completion.ask(cat("input: 'channels' is a colour order, but ", spec_text(input), " takes 1"),
                   "input: {channels: gray}");
  }
}

void find_size(Completion& completion, const TensorSpec& input, int64_t width, int64_t height) {
  Manifest& manifest = completion.manifest;
  image::Preprocess& spec = manifest.input;
  if (!manifest.input_size_given) {
    if (width == -1 || height == -1) {
      return completion.ask(cat("input: the size of ", spec_text(input), " is variable"),
                            "input: {size: [224, 224]}");
    }
    if (width < 1 || height < 1 || width > kMaxSide || height > kMaxSide) {
      return completion.refuse(cat("input: ", spec_text(input), " is no size between 1 and ", kMaxSide));
    }
    spec.width = static_cast<int>(width);
    spec.height = static_cast<int>(height);
    return;
  }
  const bool fits = (width == -1 || width == spec.width) && (height == -1 || height == spec.height);
  if (fits) return;
  const bool swapped = width == spec.height && height == spec.width;
  completion.ask(cat("input: 'size' is [", spec.width, ", ", spec.height, "], but ", spec_text(input), " is ",
                     width, " wide and ", height, " high", swapped ? " (the width comes first)" : ""),
                 cat("input: {size: [", width == -1 ? spec.width : width, ", ",
                     height == -1 ? spec.height : height, "]}"));
}

void find_pixels(Completion& completion, const TensorSpec& input) {
  image::Preprocess& spec = completion.manifest.input;
  if (input.dtype == tensor::DType::f32) {
    spec.pixel = image::Pixel::f32;
    return;
  }
  if (input.dtype != tensor::DType::u8) {
    return completion.refuse(
        cat("input: ", spec_text(input), " takes no pictures; export it with FP32 or UINT8"));
  }
  spec.pixel = image::Pixel::u8;
  const bool plain = std::ranges::all_of(spec.mean, [](float m) { return m == 0; }) &&
                     std::ranges::all_of(spec.scale, [](float s) { return s == 1; });
  if (!plain) {
    completion.refuse(
        cat("input: ", spec_text(input), " takes pixels as they are; remove 'mean' and 'scale'"));
  }
}

}  // namespace

void complete_input(Completion& completion, const std::vector<TensorSpec>& inputs) {
  const TensorSpec* input = choose(completion, inputs);
  if (!input) return;
  find_pixels(completion, *input);
  if (!find_layout(completion, *input)) return;
  const bool nchw = completion.manifest.input.layout == Layout::nchw;
  find_channels(completion, *input, input->shape[nchw ? 1 : 3]);
  find_size(completion, *input, input->shape[nchw ? 3 : 2], input->shape[nchw ? 2 : 1]);
}

}  // namespace oree::package
