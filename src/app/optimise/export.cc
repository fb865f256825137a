// oree export: a network's weights for MLX or ggml, a .tflite as C for a microcontroller, or a network in the
// form that ONNX Runtime's small builds load.
#include "app/optimise/export.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "app/terminal.h"
#include "app/world.h"
#include "base/text.h"
#include "core/graph/file.h"
#include "nodes/workshop/studies/runnable.h"
#include "platform/files/files.h"
#include "platform/files/private_folder.h"
#include "platform/json/value.h"
#include "services/exports/gguf.h"
#include "services/exports/micro.h"
#include "services/exports/mlx.h"

namespace oree::app {
namespace {

namespace fs = std::filesystem;
using exports::Weight;

constexpr uint64_t kMostBytes = uint64_t{2} << 30;

struct Packed {
  ByteBuffer bytes;
  std::vector<Weight> back;  // what the receiver will compute with
};

Result<Packed> pack(const std::vector<Weight>& weights, const ExportOptions& options) {
  Packed packed{{}, weights};
  if (options.as == "mlx") {
    const exports::MlxOptions mlx{options.bits, options.group};
    auto bytes = exports::print_mlx(weights, mlx);
    if (!bytes) return forward(bytes);
    packed.bytes = *std::move(bytes);
    if (auto read = exports::read_mlx(packed.bytes, mlx, packed.back); !read) return forward(read);
    return packed;
  }
  const auto type = options.as == "gguf-q4" ? exports::GgufType::q4_0 : exports::GgufType::q8_0;
  auto bytes = exports::print_gguf(options.model.stem().string(), weights, type);
  if (!bytes) return forward(bytes);
  packed.bytes = *std::move(bytes);
  if (auto read = exports::read_gguf(packed.bytes, packed.back); !read) return forward(read);
  return packed;
}

// Of all weights together, in dB; infinite when nothing was lost.
double sqnr_of(const std::vector<Weight>& truth, const std::vector<Weight>& got) {
  double signal = 0, noise = 0;
  for (size_t i = 0; i < truth.size(); ++i) {
    for (size_t k = 0; k < truth[i].values.size(); ++k) {
      const double error = double{truth[i].values[k]} - got[i].values[k];
      signal += double{truth[i].values[k]} * truth[i].values[k];
      noise += error * error;
    }
  }
  return 10 * std::log10(signal / noise);
}

int export_weights(const ExportOptions& options, files::Disk& disk) {
  const auto model = graph::load(options.model);
  if (!model) return print_error(model.error());
  const auto weights = exports::weights_of(*model);
  if (!weights) return print_error(weights.error());
  const auto packed = pack(*weights, options);
  if (!packed) return print_error(packed.error());
  if (auto written = disk.write(options.out, packed->bytes); !written) return print_error(written.error());
  uint64_t matrices = 0, before = 0;
  for (const auto& weight : *weights) {
    matrices += weight.is_matrix ? 1 : 0;
    before += weight.values.size() * sizeof(float);
  }
  const double sqnr = sqnr_of(*weights, packed->back);
  if (options.json) {
    std::printf("%s\n", json::print(json::Object{
                                        {"file", options.out.string()},
                                        {"weights", weights->size()},
                                        {"matrices", matrices},
                                        {"bytes", packed->bytes.size()},
                                        {"float_bytes", before},
                                        {"sqnr_db", std::isfinite(sqnr) ? json::Value(sqnr) : json::Value()}})
                            .c_str());
    return 0;
  }
  std::printf("%s: %zu weights, %llu of them matrices; %s instead of %s, %s dB kept\n", options.out.c_str(),
              weights->size(), static_cast<unsigned long long>(matrices),
              size_text(packed->bytes.size()).c_str(), size_text(before).c_str(),
              std::isfinite(sqnr) ? fixed(sqnr, 1).c_str() : "all");
  return 0;
}

int export_to_c(const ExportOptions& options, files::Disk& disk) {
  auto bytes = disk.read(options.model, kMostBytes);
  if (!bytes) return print_error(bytes.error());
  const auto model = tflite::parse(*std::move(bytes));
  if (!model) return print_error({model.error().kind, cat(options.model.string(), ": ", model.error().what)});
  const std::string name = options.out.filename().string();
  const auto made = exports::export_micro(*model, name);
  if (!made) return print_error(made.error());
  if (auto folder = disk.make_folder(options.out); !folder) return print_error(folder.error());
  for (const auto& [ending, text] : {std::pair{".h", &made->header}, std::pair{".cc", &made->source}})
    if (auto written = disk.write(options.out / cat(name, ending), as_bytes(*text)); !written)
      return print_error(written.error());
  if (options.json) {
    json::Array operators;
    for (const auto& one : made->operators) operators.emplace_back(one);
    std::printf("%s\n", json::print(json::Object{{"folder", options.out.string()},
                                                 {"operators", std::move(operators)},
                                                 {"model_bytes", made->model_bytes},
                                                 {"activation_bytes", made->activation_bytes},
                                                 {"interpreter_bytes", made->kept_bytes},
                                                 {"arena_bytes", made->arena_bytes}})
                            .c_str());
    return 0;
  }
  print_table({"for TFLite Micro", ""}, {{"flash for the model", size_text(made->model_bytes)},
                                         {"activations, planned", size_text(made->activation_bytes)},
                                         {"the interpreter's own, estimated", size_text(made->kept_bytes)},
                                         {"arena to give it", size_text(made->arena_bytes)},
                                         {"operators", join(made->operators, ", ")}});
  return 0;
}

using Outputs = std::vector<inference::Output>;

Result<Outputs> answers_of(const inference::Model& model, const std::vector<tensor::Tensor>& inputs) {
  std::vector<tensor::TensorView> views;
  for (const tensor::Tensor& input : inputs) views.push_back(input.view());
  Outputs outputs(model.signature().outputs.size());
  if (Status ran = model.run(views, outputs); !ran) return forward(ran);
  return outputs;
}

// The largest difference of a float output, as a share of that output's largest number; other outputs must be
// the same.
Result<double> apart(const Outputs& truth, const Outputs& got) {
  double most = 0;
  for (size_t i = 0; i < truth.size(); ++i) {
    if (truth[i].dtype != got[i].dtype || truth[i].shape != got[i].shape)
      return fail(ErrorKind::bug, cat("output ", i, " has another type or shape"));
    if (truth[i].dtype != tensor::DType::f32) {
      if (!std::ranges::equal(truth[i].data, got[i].data))
        return fail(ErrorKind::bug, cat("output ", i, " has other numbers"));
      continue;
    }
    const auto a = truth[i].view().as<float>(), b = got[i].view().as<float>();
    double largest = 1e-12, difference = 0;
    for (size_t k = 0; k < a.size(); ++k) {
      largest = std::max(largest, std::fabs(double{a[k]}));
      difference = std::max(difference, std::fabs(double{a[k]} - double{b[k]}));
    }
    most = std::max(most, difference / largest);
  }
  return most;
}

struct OrtFile {
  ByteBuffer bytes;
  double apart = 0;  // from the network it was made from
  std::string runtime;
};

// The runtime itself writes it, with its fusions done and without what belongs to one processor; it is loaded
// again and must answer the same.
Result<OrtFile> make_ort(const workshop::Runnable& network, inference::Backend& backend) {
  constexpr double kSame = 1e-3;
  const auto work = files::PrivateFolder::create();
  if (!work) return forward(work);
  const fs::path file = work->path() / "network.ort";
  const auto before = backend.load(network.file, {});
  if (!before) return forward(before);
  if (const auto written = backend.load(network.file, {.fused_file = file}); !written)
    return forward(written);
  const auto after = backend.load(file, {});
  if (!after) return forward(after, "what was written does not load again");
  const auto inputs = workshop::made_up_inputs((*before)->signature());
  if (!inputs) return forward(inputs);
  const auto truth = answers_of(**before, *inputs), got = answers_of(**after, *inputs);
  if (!truth) return forward(truth);
  if (!got) return forward(got);
  const auto difference = apart(*truth, *got);
  if (!difference) return forward(difference, "what was written answers differently");
  if (!(*difference <= kSame))
    return fail(ErrorKind::bug,
                cat("what was written answers differently, by ", *difference, " of the largest"));
  files::RealDisk disk;
  auto bytes = disk.read(file, kMostBytes);
  if (!bytes) return forward(bytes);
  return OrtFile{*std::move(bytes), *difference, cat(backend.name(), " ", backend.version())};
}

int export_ort(const ExportOptions& options, files::Disk& disk) {
  if (options.out.extension() != ".ort")
    return print_error(
        {ErrorKind::invalid, cat(options.out.string(), ": the runtime wants the ending .ort")});
  const auto network = workshop::make_runnable(options.model);
  if (!network) return print_error(network.error());
  auto world = make_world(LogLevel::warning);
  if (!world) return print_error(world.error());
  const auto made = make_ort(*network, *(*world)->backend);
  if (!made) return print_error({made.error().kind, cat(network->source.string(), ": ", made.error().what)});
  if (auto written = disk.write(options.out, made->bytes); !written) return print_error(written.error());
  if (options.json) {
    std::printf("%s\n", json::print(json::Object{{"file", options.out.string()},
                                                 {"bytes", made->bytes.size()},
                                                 {"from_bytes", network->bytes},
                                                 {"largest_difference", made->apart},
                                                 {"runtime", made->runtime}})
                            .c_str());
    return 0;
  }
  std::printf("%s: %s, made by %s, loaded again; its answers differ by %s at most\n", options.out.c_str(),
              size_text(made->bytes.size()).c_str(), made->runtime.c_str(), cat(made->apart).c_str());
  return 0;
}

}  // namespace

int run_export(const ExportOptions& options) {
  files::RealDisk disk;
  if (options.as == "ort") return export_ort(options, disk);
  return options.as == "c" ? export_to_c(options, disk) : export_weights(options, disk);
}

}  // namespace oree::app
