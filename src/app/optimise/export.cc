// oree export: a network's weights for MLX or ggml, or a .tflite as C for a microcontroller.
#include "app/optimise/export.h"

#include <cmath>
#include <cstdio>

#include "app/terminal.h"
#include "base/text.h"
#include "core/graph/file.h"
#include "platform/files/files.h"
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

}  // namespace

int run_export(const ExportOptions& options) {
  files::RealDisk disk;
  return options.as == "c" ? export_to_c(options, disk) : export_weights(options, disk);
}

}  // namespace oree::app
