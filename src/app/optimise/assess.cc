// oree optimise assess: what a network is, what it costs here, what becomes of it in 8 bits, what to try.
#include "services/assessment/assess.h"

#include <cstdio>

#include "app/optimise/studies.h"
#include "app/terminal.h"
#include "app/world.h"
#include "base/text.h"
#include "core/inference/backends/onnxruntime/onnxruntime.h"
#include "nodes/workshop/studies/runnable.h"
#include "nodes/workshop/studies/sensitivity.h"
#include "platform/files/private_folder.h"

namespace oree::app {

namespace {

using assessment::Assessment;
using Layers = std::vector<workshop::Sensitivity>;

constexpr size_t kShownLayers = 12;
constexpr double kGoodAnswers = 30;  // dB: below it, a layer alone already shows in the answers

Result<Layers> measure_layers(const AssessOptions& options, inference::Backend& backend) {
  const auto work = files::PrivateFolder::create();
  if (!work) return forward(work);
  const auto tell = [](std::string_view line) {
    if (is_terminal(2)) std::fprintf(stderr, "\r\033[K%.*s", static_cast<int>(line.size()), line.data());
  };
  const auto lab = workshop::Laboratory::open({options.model, options.data, {}}, backend, work->path(), tell);
  if (!lab) return forward(lab);
  auto layers = workshop::sensitivities(**lab, options.samples, tell);
  if (is_terminal(2)) std::fprintf(stderr, "\r\033[K");
  return layers;
}

std::string megas(uint64_t count) {
  return fixed(static_cast<double>(count) / 1e6, 2);
}

void print_facts(const Assessment& found, const std::string& file) {
  std::printf("%s: %s, %s M parameters, %s M multiply-accumulates, opset %lld, a %s network\n",
              paint(file, Tone::accent).c_str(), size_text(found.given.file_bytes).c_str(),
              megas(found.parameters).c_str(), megas(found.macs).c_str(), static_cast<long long>(found.opset),
              std::string(kind_text(found.kind)).c_str());
  std::printf("memory for results: %s at least, %s with fixed places; weights %s\n",
              size_text(found.memory.live_bytes).c_str(), size_text(found.memory.arena_bytes).c_str(),
              size_text(found.weight_bytes).c_str());
  std::vector<std::string> types;
  for (const auto& [name, share] : found.weight_types)
    types.push_back(cat(name, " ", size_text(share.bytes)));
  std::printf("types of weights: %s\n", join(types, ", ").c_str());
  if (found.median_ms > 0)
    std::printf("speed here, one thread: %s ms, ± %s between the quartiles\n",
                fixed(found.median_ms, 2).c_str(), fixed(found.spread_ms, 2).c_str());
}

void print_operators(const Assessment& found) {
  const json::Value report = to_json(found);
  std::vector<std::vector<std::string>> rows;
  for (const json::Value& op : *report.find("operators")->array()) {
    const auto text = [&](const char* key) { return *op.find(key)->text(); };
    const double ms = op.find("milliseconds")->number().value_or(0);
    rows.push_back({text("op"), cat(op.find("count")->integer().value_or(0)),
                    megas(static_cast<uint64_t>(op.find("macs")->integer().value_or(0))),
                    ms > 0 ? fixed(ms, 3) : "–", text("int8"), text("openvino"), text("tensorrt"),
                    text("tflite"), text("becomes")});
  }
  print_table(
      {"operator", "nodes", "M MACs", "ms", "ONNX Runtime", "OpenVINO", "TensorRT", "TFLite", "becomes"},
      rows);
}

void print_machine(const Assessment& found) {
  const assessment::Processor& cpu = found.processor;
  std::printf("this machine: %s, %u threads, %s; kernels %s\n",
              cpu.name.empty() ? cpu.architecture.c_str() : cpu.name.c_str(), cpu.threads,
              cpu.features.empty() ? "no special instructions" : join(cpu.features, ", ").c_str(),
              kernel_class(cpu).c_str());
  if (found.accelerators.empty())
    std::printf("accelerators: none (no device node of a GPU, NPU or Edge TPU)\n");
  for (const assessment::Accelerator& one : found.accelerators)
    std::printf("accelerator: %s %s, %s; %s\n", one.name.c_str(), one.node.c_str(),
                one.driver.empty() ? "driver unknown" : one.driver.c_str(),
                usable(one, found.given.providers) ? "usable" : cat("needs ", one.needs).c_str());
  std::printf("runtime here: %s\n",
              found.given.providers.empty() ? "none" : join(found.given.providers, ", ").c_str());
}

void print_advice(const Assessment& found) {
  for (const std::string& warning : found.warnings)
    std::printf("%s\n", paint(cat("note: ", warning), Tone::unsure).c_str());
  const assessment::Branch& branch = choose_branch(found.processor, found.accelerators, found.kind);
  std::printf("%s %s, %s: %s\n  here: %s\n", paint("choice:", Tone::accent).c_str(),
              std::string(branch.framework).c_str(), std::string(branch.technique).c_str(),
              std::string(branch.why).c_str(), std::string(branch.here).c_str());
  for (const assessment::Advice& one : found.advice)
    std::printf("%s %s (%s)\n", paint(cat("- ", one.what, ":"), Tone::accent).c_str(), one.why.c_str(),
                one.expect.c_str());
}

void print_layers(const Layers& layers) {
  std::vector<std::vector<std::string>> rows;
  for (const workshop::Sensitivity& layer : layers) {
    if (rows.size() == kShownLayers) break;
    if (layer.why_not.empty())
      rows.push_back({layer.node, layer.op, cat(fixed(layer.sqnr_db, 1), " dB"),
                      cat(fixed(layer.agreement * 100, 1), " %"),
                      layer.sqnr_db < kGoodAnswers ? cat("--keep-float ", layer.output) : ""});
  }
  std::printf("\nMost sensitive layers, each alone in 8 bits (%zu of %zu):\n", rows.size(), layers.size());
  print_table({"layer", "operator", "answers", "agreement", "try"}, rows);
}

}  // namespace

int run_assess(const AssessOptions& options) {
  const auto network = workshop::make_runnable(options.model);
  if (!network) return print_error(network.error());
  if (!network->model)
    return print_error({ErrorKind::unsupported, cat(network->source.string(),
                                                    ": only its runtime reads an .ort; assess the .onnx it "
                                                    "was made from")});
  auto world = make_world(LogLevel::warning);
  if (!world) return print_error(world.error());
  inference::Backend& backend = *(*world)->backend;
  const auto found =
      assessment::assess(*network->model, {.file_bytes = network->bytes,
                                           .format = network->format,
                                           .backend = options.measure ? &backend : nullptr,
                                           .file = network->file,
                                           .providers = inference::onnxruntime_providers(backend)});
  if (!found)
    return print_error({found.error().kind, cat(network->source.string(), ": ", found.error().what)});
  std::optional<Layers> layers;
  if (!options.data.empty()) {
    auto measured = measure_layers(options, backend);
    if (!measured) return print_error(measured.error());
    layers = *std::move(measured);
  }
  if (options.json) {
    json::Value out = to_json(*found);
    out.set("file", network->source.string());
    if (layers) out.set("sensitivity", to_json(*layers));
    std::printf("%s\n", json::print(out, 2).c_str());
    return 0;
  }
  print_facts(*found, network->source.string());
  print_operators(*found);
  print_machine(*found);
  if (layers) print_layers(*layers);
  print_advice(*found);
  if (!layers)
    std::printf("%s\n",
                paint("With --data DIR each layer's sensitivity is measured, too.", Tone::muted).c_str());
  return 0;
}

}  // namespace oree::app
