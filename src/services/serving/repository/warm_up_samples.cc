#include "services/serving/repository/warm_up_samples.h"

#include <algorithm>
#include <fstream>
#include <random>

#include "base/text.h"
#include "core/modelconfig/repository/inline_model.h"

namespace oree::serving {

namespace {

using modelconfig::ModelConfig;
using modelconfig::Warmup;
using modelconfig::WarmupInput;
using tensor::DType;
using tensor::TensorSpec;

constexpr uint32_t kMaxRuns = 10'000;
constexpr size_t kMostElements = (size_t{1} << 30) / 8;

struct Sample {
  ByteBuffer bytes;
  tensor::Shape shape;
};

Result<ByteBuffer> read_data(const std::filesystem::path& model_folder, std::string_view place,
                             const std::string& name, size_t expected) {
  if (Status good = modelconfig::check_inline_path(name); !good) return forward(good);
  const std::filesystem::path file = model_folder / place / name;
  if (!modelconfig::lies_inside(model_folder, file)) {
    return fail(ErrorKind::not_found, cat("failed to open ", place, " file ", file.string()));
  }
  std::ifstream in(file, std::ios::binary);
  ByteBuffer bytes(expected);
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(expected));
  if (static_cast<size_t>(in.gcount()) == expected) return bytes;
  return fail(ErrorKind::invalid,
              cat(place, " file ", file.string(), " expects ", expected, " bytes, got ", in.gcount()));
}

void fill_random(ByteBuffer& bytes, DType dtype) {
  std::minstd_rand random(1);
  const auto unit = [&] { return static_cast<double>(random() % 10'000) / 10'000; };
  if (dtype == DType::f32) {
    for (size_t at = 0; at + 4 <= bytes.size(); at += 4) {
      const float value = static_cast<float>(unit());
      std::copy_n(reinterpret_cast<const std::byte*>(&value), 4, bytes.begin() + static_cast<ptrdiff_t>(at));
    }
  } else if (dtype == DType::f64) {
    for (size_t at = 0; at + 8 <= bytes.size(); at += 8) {
      const double value = unit();
      std::copy_n(reinterpret_cast<const std::byte*>(&value), 8, bytes.begin() + static_cast<ptrdiff_t>(at));
    }
  } else {
    // Small integers, of any width: the lowest byte of each element. BOOL is 0 or 1, FP16 and BF16 stay tiny.
    const size_t width = std::max<size_t>(tensor::facts(dtype).bytes, 1);
    const unsigned most = dtype == DType::boolean ? 2 : 127;
    for (size_t at = 0; at < bytes.size(); at += width) bytes[at] = static_cast<std::byte>(random() % most);
  }
}

// One input of a sample.
Result<Sample> sample_of(const ModelConfig& config, const Warmup& warmup, const TensorSpec& spec,
                         const std::filesystem::path& model_folder) {
  const auto given = warmup.inputs.find(spec.name);
  if (given == warmup.inputs.end()) {
    return fail(ErrorKind::invalid, cat("warmup sample '", warmup.name, "' has no input '", spec.name,
                                        "' for model '", config.name, "'"));
  }
  const WarmupInput& input = given->second;
  if (input.data_type && *input.data_type != spec.dtype) {
    return fail(ErrorKind::invalid,
                cat("warmup input '", spec.name, "' has another data type than model '", config.name, "'"));
  }
  Sample sample;
  if (config.max_batch_size > 0) sample.shape.push_back(std::max<int64_t>(warmup.batch_size, 1));
  sample.shape.insert(sample.shape.end(), input.dims.begin(), input.dims.end());
  if (!tensor::fits(sample.shape, spec.shape)) {
    return fail(ErrorKind::invalid,
                cat("warmup input '", spec.name, "' has shape ", tensor::shape_text(sample.shape),
                    ", model '", config.name, "' expects ", tensor::shape_text(spec.shape)));
  }
  const Result<size_t> count = tensor::element_count(sample.shape);
  if (!count) return forward(count);
  if (*count > kMostElements)
    return fail(ErrorKind::invalid, cat("warmup input '", spec.name, "' is larger than 1 GiB"));
  // A text is its length and its bytes: zeros are empty texts.
  const size_t bytes = *count * (spec.dtype == DType::text ? 4 : tensor::facts(spec.dtype).bytes);
  if (input.input_data_file) {
    auto read = read_data(model_folder, "warmup", *input.input_data_file, bytes);
    if (!read) return forward(read);
    sample.bytes = std::move(*read);
  } else {
    sample.bytes.resize(bytes);
    if (input.random_data.value_or(false) && spec.dtype != DType::text) fill_random(sample.bytes, spec.dtype);
  }
  return sample;
}

Status run_sample(const inference::Model& model, const ModelConfig& config, const Warmup& warmup,
                  const std::filesystem::path& model_folder) {
  std::vector<Sample> samples;
  for (const TensorSpec& spec : model.signature().inputs) {
    Result<Sample> sample = sample_of(config, warmup, spec, model_folder);
    if (!sample) return forward(sample);
    samples.push_back(std::move(*sample));
  }
  std::vector<tensor::TensorView> views;
  for (size_t i = 0; i < samples.size(); ++i) {
    views.push_back({model.signature().inputs[i].dtype, samples[i].shape, samples[i].bytes});
  }
  for (uint32_t run = 0; run < std::clamp(warmup.count, 1u, kMaxRuns); ++run) {
    std::vector<inference::Output> outputs(model.signature().outputs.size());
    if (Status ran = model.run(views, outputs); !ran) {
      return fail(ran.error().kind,
                  cat("failed to run warmup sample '", warmup.name, "': ", ran.error().what));
    }
  }
  return {};
}

}  // namespace

Status run_warm_up(const inference::Model& model, const ModelConfig& config,
                   const std::filesystem::path& model_folder) {
  for (const Warmup& warmup : config.model_warmup) {
    if (Status ran = run_sample(model, config, warmup, model_folder); !ran) return ran;
  }
  return {};
}

Result<std::map<std::string, ByteBuffer>> read_initial_states(const ModelConfig& config,
                                                              const std::filesystem::path& model_folder) {
  std::map<std::string, ByteBuffer> states;
  if (!config.sequence_batching) return states;
  for (const modelconfig::State& state : config.sequence_batching->state) {
    for (const modelconfig::InitialState& initial : state.initial_state) {
      if (!initial.data_file) continue;
      const DType type = initial.data_type.value_or(state.data_type.value_or(DType::f32));
      const Result<size_t> count = tensor::element_count(initial.dims);
      if (!count) return forward(count, cat("initial_state '", initial.name, "'"));
      if (*count > kMostElements) {
        return fail(ErrorKind::invalid, cat("initial_state '", initial.name, "' is larger than 1 GiB"));
      }
      auto bytes =
          read_data(model_folder, "initial_state", *initial.data_file, *count * tensor::facts(type).bytes);
      if (!bytes) return forward(bytes);
      states[initial.name] = std::move(*bytes);
    }
  }
  return states;
}

}  // namespace oree::serving
