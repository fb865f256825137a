#include "services/exports/mlx.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>

#include "base/text.h"
#include "services/exports/safetensors.h"

namespace oree::exports {
namespace {

struct Line {  // value = scale·q + bias
  float scale = 0, bias = 0;
};

uint32_t code(float value, const Line& line, float most) {
  if (line.scale == 0) return 0;
  return static_cast<uint32_t>(std::clamp(std::nearbyint((value - line.bias) / line.scale), 0.0f, most));
}

double loss(std::span<const float> group, const Line& line, float most) {
  double sum = 0;
  for (const float value : group) {
    const double error = double{line.scale} * code(value, line, most) + line.bias - value;
    sum += error * error;
  }
  return sum;
}

// The line through (code, value) with the least squared error; the one given when all codes are equal.
Line refit(std::span<const float> group, const Line& line, float most) {
  double n = 0, q1 = 0, q2 = 0, v1 = 0, qv = 0;
  for (const float value : group) {
    const double q = code(value, line, most);
    n += 1, q1 += q, q2 += q * q, v1 += value, qv += q * value;
  }
  const double spread = n * q2 - q1 * q1;
  if (spread <= 0) return line;
  const double scale = (n * qv - q1 * v1) / spread;
  return {static_cast<float>(scale), static_cast<float>((v1 - scale * q1) / n)};
}

Line fit(std::span<const float> group, float most) {
  const auto [low, high] = std::ranges::minmax(group);
  Line best{(high - low) / most, low};
  double least = loss(group, best, most);
  Line line = best;
  for (int round = 0; round < 2; ++round) {
    line = refit(group, line, most);
    const double now = loss(group, line, most);
    if (now >= least) break;
    best = line, least = now;
  }
  return best;
}

std::string companion(const std::string& name, std::string_view suffix) {
  constexpr std::string_view kWeight = ".weight";
  if (name.ends_with(kWeight)) return cat(name.substr(0, name.size() - kWeight.size()), suffix);
  return cat(name, suffix);
}

template <class T>
ByteBuffer bytes_of(const std::vector<T>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {bytes.begin(), bytes.end()};
}

std::vector<float> floats_of(ByteView bytes) {
  std::vector<float> values(bytes.size() / sizeof(float));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

bool takes(const Weight& weight, const MlxOptions& options) {
  return weight.is_matrix && weight.columns() > 0 && weight.columns() % options.group == 0;
}

struct Packed {
  std::vector<uint32_t> words;
  std::vector<float> scales, biases;
};

Packed pack(const Weight& weight, const MlxOptions& options) {
  const unsigned per_word = 32 / options.bits;
  const float most = static_cast<float>((1u << options.bits) - 1);
  Packed packed;
  packed.words.resize(weight.values.size() / per_word);
  for (size_t at = 0; at < weight.values.size(); at += options.group) {
    const std::span group(weight.values.data() + at, options.group);
    const Line line = fit(group, most);
    packed.scales.push_back(line.scale);
    packed.biases.push_back(line.bias);
    for (size_t i = 0; i < group.size(); ++i) {
      const size_t place = at + i;
      packed.words[place / per_word] |= code(group[i], line, most) << (place % per_word * options.bits);
    }
  }
  return packed;
}

Status check(const MlxOptions& options) {
  if (options.bits != 4 && options.bits != 8)
    return fail(ErrorKind::invalid, cat("MLX weights have 4 or 8 bits here, not ", options.bits));
  if (options.group != 32 && options.group != 64 && options.group != 128)
    return fail(ErrorKind::invalid, cat("MLX groups have 32, 64 or 128 weights, not ", options.group));
  return {};
}

using Tensors = std::map<std::string, TensorView>;

Result<std::vector<float>> unpack(const Weight& weight, const TensorView& words, const Tensors& tensors,
                                  const MlxOptions& options) {
  const auto scales = tensors.find(companion(weight.name, ".scales"));
  const auto biases = tensors.find(companion(weight.name, ".biases"));
  const size_t groups = weight.values.size() / options.group;
  if (scales == tensors.end() || biases == tensors.end() || scales->second.bytes.size() != groups * 4 ||
      biases->second.bytes.size() != groups * 4 ||
      words.bytes.size() * 8 != weight.values.size() * options.bits)
    return fail(ErrorKind::corrupt, cat("'", weight.name, "' lacks scales or biases of its shape"));
  const auto scale = floats_of(scales->second.bytes), bias = floats_of(biases->second.bytes);
  std::vector<uint32_t> packed(words.bytes.size() / 4);
  std::memcpy(packed.data(), words.bytes.data(), packed.size() * 4);
  const unsigned per_word = 32 / options.bits;
  std::vector<float> values(weight.values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const uint32_t q = packed[i / per_word] >> (i % per_word * options.bits) & ((1u << options.bits) - 1);
    values[i] = scale[i / options.group] * static_cast<float>(q) + bias[i / options.group];
  }
  return values;
}

}  // namespace

Result<ByteBuffer> print_mlx(const std::vector<Weight>& weights, const MlxOptions& options) {
  if (const Status status = check(options); !status) return forward(status);
  std::vector<std::pair<std::string, StoredTensor>> tensors;
  for (const auto& weight : weights) {
    if (!std::ranges::all_of(weight.values, [](float v) { return std::isfinite(v); }))
      return fail(ErrorKind::invalid, cat("weight '", weight.name, "' holds NaN or infinity"));
    if (!takes(weight, options)) {
      tensors.emplace_back(weight.name, StoredTensor{"F32", weight.dims, bytes_of(weight.values)});
      continue;
    }
    const Packed packed = pack(weight, options);
    const auto rows = static_cast<int64_t>(weight.rows());
    const auto columns = static_cast<int64_t>(weight.columns());
    const std::vector<int64_t> groups{rows, columns / options.group};
    tensors.emplace_back(weight.name,
                         StoredTensor{"U32", {rows, columns * options.bits / 32}, bytes_of(packed.words)});
    tensors.emplace_back(companion(weight.name, ".scales"),
                         StoredTensor{"F32", groups, bytes_of(packed.scales)});
    tensors.emplace_back(companion(weight.name, ".biases"),
                         StoredTensor{"F32", groups, bytes_of(packed.biases)});
  }
  return print_safetensors(tensors, {{"format", "mlx"},
                                     {"quantization.bits", cat(options.bits)},
                                     {"quantization.group_size", cat(options.group)}});
}

Status read_mlx(ByteView file, const MlxOptions& options, std::vector<Weight>& weights) {
  if (const Status status = check(options); !status) return status;
  const auto tensors = parse_safetensors(file);
  if (!tensors) return forward(tensors);
  for (auto& weight : weights) {
    const auto at = tensors->find(weight.name);
    if (at == tensors->end()) return fail(ErrorKind::corrupt, cat("the file has no '", weight.name, "'"));
    if (at->second.dtype == "U32" && takes(weight, options)) {
      auto values = unpack(weight, at->second, *tensors, options);
      if (!values) return forward(values);
      weight.values = *std::move(values);
    } else if (at->second.dtype == "F32" && at->second.shape == weight.dims) {
      weight.values = floats_of(at->second.bytes);
    } else {
      return fail(ErrorKind::corrupt, cat("'", weight.name, "' is ", at->second.dtype, " of another shape"));
    }
  }
  return {};
}

}  // namespace oree::exports
