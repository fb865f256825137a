#include <array>

#include "core/graph/shapes/rules.h"

namespace oree::graph {
namespace {

// One spatial dimension of a sliding window. The formulas are those of the ONNX specification of Conv and
// MaxPool.
struct Window {
  int64_t kernel = 1, stride = 1, dilation = 1, begin = 0, end = 0;
  int64_t reach() const { return (kernel - 1) * dilation + 1; }
};

struct Windows {
  std::vector<Window> each;
  std::string auto_pad;
  bool ceil = false;
};

bool sane(int64_t value) {
  return value >= 0 && value < (int64_t{1} << 31);
}

Result<Windows> windows_of(const NodeTypes& t, const std::vector<int64_t>& kernel) {
  const size_t n = kernel.size();
  Windows out{std::vector<Window>(n), text_or(t.node, "auto_pad", "NOTSET"),
              int_or(t.node, "ceil_mode", 0) != 0};
  const auto strides = ints_or(t.node, "strides", std::vector<int64_t>(n, 1));
  const auto dilations = ints_or(t.node, "dilations", std::vector<int64_t>(n, 1));
  const auto pads = ints_or(t.node, "pads", std::vector<int64_t>(2 * n, 0));
  if (strides.size() != n || dilations.size() != n || pads.size() != 2 * n) {
    return fail(ErrorKind::invalid,
                "has " + std::to_string(n) +
                    " spatial dimensions, but strides, dilations or pads for another number");
  }
  for (size_t d = 0; d < n; ++d) {
    out.each[d] = {kernel[d], strides[d], dilations[d], pads[d], pads[n + d]};
    const Window& window = out.each[d];
    if (window.stride <= 0 || window.dilation <= 0 || window.kernel < 0 || !sane(window.stride) ||
        !sane(window.dilation) || !sane(window.kernel) || std::abs(window.begin) >= (int64_t{1} << 31) ||
        std::abs(window.end) >= (int64_t{1} << 31)) {
      return fail(ErrorKind::invalid, "has an impossible kernel, stride, dilation or pad");
    }
  }
  return out;
}

Dim slid(const Dim& size, const Window& window, const Windows& all) {
  if (!size.known() || size.size >= (int64_t{1} << 40)) return {};
  if (all.auto_pad == "SAME_UPPER" || all.auto_pad == "SAME_LOWER") {
    return {(size.size + window.stride - 1) / window.stride, ""};
  }
  const bool valid = all.auto_pad == "VALID";
  const int64_t padded = size.size + (valid ? 0 : window.begin + window.end) - window.reach();
  if (padded < 0) return {};
  int64_t steps = padded / window.stride;
  if (all.ceil && padded % window.stride != 0) {
    ++steps;
    // A window that would begin in the padding behind is left out.
    if (steps * window.stride >= size.size + (valid ? 0 : window.begin)) --steps;
  }
  return {steps + 1, ""};
}

std::optional<std::vector<int64_t>> kernel_of(const NodeTypes& t, size_t weights) {
  const Attribute* shape = find_attribute(t.node, "kernel_shape");
  if (shape != nullptr) return shape->ints;
  if (!t.shaped(weights) || t.rank(weights) < 2) return std::nullopt;
  std::vector<int64_t> out;
  for (size_t d = 2; d < t.dims(weights).size(); ++d) {
    if (!t.dims(weights)[d].known()) return std::nullopt;
    out.push_back(t.dims(weights)[d].size);
  }
  return out;
}

Status convolution(NodeTypes& t, size_t weights, DataType element) {
  t.out(0, element);
  if (!t.shaped(0) || !t.shaped(weights)) return {};
  const auto kernel = kernel_of(t, weights);
  if (!kernel) return {};
  if (t.rank(0) != static_cast<int64_t>(kernel->size()) + 2 || t.rank(weights) != t.rank(0)) {
    return t.wrong("takes an input of " + std::to_string(t.rank(0)) + " dimensions with weights of " +
                   std::to_string(t.rank(weights)));
  }
  const Dim &channels = t.dims(0)[1], &expected = t.dims(weights)[1];
  const int64_t group = int_or(t.node, "group", 1);
  if (group <= 0) return t.wrong("has " + std::to_string(group) + " groups");
  if (channels.known() && expected.known() && channels.size / group != expected.size) {
    return t.wrong("has weights for " + std::to_string(expected.size) + " channels in each of " +
                   std::to_string(group) + " groups and gets " + std::to_string(channels.size));
  }
  const auto windows = windows_of(t, *kernel);
  if (!windows) return forward(windows);
  Dims dims{t.dims(0)[0], t.dims(weights)[0]};
  for (size_t d = 0; d < kernel->size(); ++d)
    dims.push_back(slid(t.dims(0)[d + 2], windows->each[d], *windows));
  t.out(0, element, std::move(dims));
  return {};
}

Status conv(NodeTypes& t) {
  return convolution(t, 1, t.element(0));
}
Status conv_integer(NodeTypes& t) {
  return convolution(t, 1, DataType::i32);
}
Status qlinear_conv(NodeTypes& t) {
  return convolution(t, 3, t.element(7));
}

Status conv_transpose(NodeTypes& t) {
  t.out(0, t.element(0));
  if (!t.shaped(0) || !t.shaped(1) || t.rank(0) < 3 || t.rank(1) != t.rank(0)) return {};
  const auto kernel = kernel_of(t, 1);
  if (!kernel || static_cast<int64_t>(kernel->size()) + 2 != t.rank(0)) return {};
  const auto windows = windows_of(t, *kernel);
  if (!windows) return forward(windows);
  const size_t n = kernel->size();
  const auto extra = ints_or(t.node, "output_padding", std::vector<int64_t>(n, 0));
  const auto wished = ints_or(t.node, "output_shape", {});
  Dims dims{t.dims(0)[0], times(t.dims(1)[1], {int_or(t.node, "group", 1), ""})};
  for (size_t d = 0; d < n; ++d) {
    const Window& window = windows->each[d];
    const Dim& in = t.dims(0)[d + 2];
    if (wished.size() >= n) {
      dims.push_back({wished[wished.size() - n + d], ""});
    } else if (!in.known() || extra.size() != n || !sane(extra[d])) {
      dims.push_back({});
    } else if (windows->auto_pad.starts_with("SAME")) {
      dims.push_back(times(in, {window.stride, ""}));
    } else {
      dims.push_back(plus(times({in.size - 1, ""}, {window.stride, ""}),
                          window.reach() + extra[d] - window.begin - window.end));
    }
  }
  t.out(0, t.element(0), std::move(dims));
  return {};
}

Status pool(NodeTypes& t) {
  t.out(0, t.element(0));
  t.out(1, DataType::i64);
  if (!t.shaped(0)) return {};
  const auto kernel = ints_or(t.node, "kernel_shape", {});
  if (t.rank(0) != static_cast<int64_t>(kernel.size()) + 2) {
    return t.wrong("has a kernel of " + std::to_string(kernel.size()) + " dimensions for an input of " +
                   std::to_string(t.rank(0)));
  }
  const auto windows = windows_of(t, kernel);
  if (!windows) return forward(windows);
  Dims dims{t.dims(0)[0], t.dims(0)[1]};
  for (size_t d = 0; d < kernel.size(); ++d)
    dims.push_back(slid(t.dims(0)[d + 2], windows->each[d], *windows));
  t.out(1, DataType::i64, dims);
  t.out(0, t.element(0), std::move(dims));
  return {};
}

Status global_pool(NodeTypes& t) {
  t.out(0, t.element(0));
  if (!t.shaped(0) || t.rank(0) < 2) return {};
  Dims dims = t.dims(0);
  for (size_t d = 2; d < dims.size(); ++d) dims[d] = {1, ""};
  t.out(0, t.element(0), std::move(dims));
  return {};
}

Status max_unpool(NodeTypes& t) {
  t.out(0, t.element(0));
  if (has_input(t.node, 2)) {
    if (const auto shape = t.numbers(2)) t.out(0, t.element(0), known(*shape));
    return {};
  }
  const auto kernel = ints_or(t.node, "kernel_shape", {});
  if (!t.shaped(0) || t.rank(0) != static_cast<int64_t>(kernel.size()) + 2) return {};
  const auto windows = windows_of(t, kernel);
  if (!windows) return forward(windows);
  Dims dims{t.dims(0)[0], t.dims(0)[1]};
  for (size_t d = 0; d < kernel.size(); ++d) {
    const Window& window = windows->each[d];
    const Dim& in = t.dims(0)[d + 2];
    dims.push_back(in.known() ? plus(times({in.size - 1, ""}, {window.stride, ""}),
                                     window.reach() - window.begin - window.end)
                              : Dim{});
  }
  t.out(0, t.element(0), std::move(dims));
  return {};
}

Status roi_align(NodeTypes& t) {
  t.out(0, t.element(0));
  if (!t.shaped(0) || t.rank(0) != 4 || !t.shaped(1) || t.rank(1) < 1) return {};
  t.out(0, t.element(0),
        {t.dims(1)[0],
         t.dims(0)[1],
         {int_or(t.node, "output_height", 1), ""},
         {int_or(t.node, "output_width", 1), ""}});
  return {};
}

Status max_roi_pool(NodeTypes& t) {
  t.out(0, t.element(0));
  const auto size = ints_or(t.node, "pooled_shape", {});
  if (!t.shaped(0) || t.rank(0) != 4 || !t.shaped(1) || t.rank(1) < 1 || size.size() != 2) return {};
  t.out(0, t.element(0), {t.dims(1)[0], t.dims(0)[1], {size[0], ""}, {size[1], ""}});
  return {};
}

constexpr std::array kRows{RuleRow{"Conv", conv},
                           RuleRow{"ConvInteger", conv_integer},
                           RuleRow{"QLinearConv", qlinear_conv},
                           RuleRow{"DeformConv", conv},
                           RuleRow{"ConvTranspose", conv_transpose},
                           RuleRow{"MaxPool", pool},
                           RuleRow{"AveragePool", pool},
                           RuleRow{"LpPool", pool},
                           RuleRow{"GlobalAveragePool", global_pool},
                           RuleRow{"GlobalMaxPool", global_pool},
                           RuleRow{"GlobalLpPool", global_pool},
                           RuleRow{"MaxUnpool", max_unpool},
                           RuleRow{"RoiAlign", roi_align},
                           RuleRow{"MaxRoiPool", max_roi_pool}};

}  // namespace

std::span<const RuleRow> window_rules() {
  return kRows;
}

}  // namespace oree::graph
