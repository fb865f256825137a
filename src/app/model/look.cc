// oree model: looks into network files, and writes them in another form.
#include <algorithm>
#include <cstdio>

#include "app/commands.h"
#include "app/terminal.h"
#include "base/text.h"
#include "core/graph/check/check.h"
#include "core/graph/file.h"
#include "core/graph/opset/upgrade.h"
#include "core/graph/shapes/infer.h"
#include "core/inference/backends/onnxruntime/onnxruntime.h"
#include "platform/json/value.h"
#include "services/assessment/assess.h"
#include "services/passes/pass.h"
#include "services/passes/precision/dynamic_int8.h"
#include "services/passes/precision/float16.h"
#include "services/passes/precision/weight_int4.h"
#include "services/passes/sparsity/pruning.h"

namespace oree::app {
namespace {

namespace fs = std::filesystem;

bool is_tflite(const fs::path& file) {
  return file.extension() == ".tflite";
}

uint64_t size_of(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  return error ? 0 : size;
}

json::Value values_json(const std::vector<graph::Value>& values) {
  json::Array out;
  for (const auto& value : values) {
    out.push_back(json::Object{{"name", value.name}, {"type", graph::type_text(value.type)}});
  }
  return out;
}

// What an error looks like in a stream of one line per file.
json::Value error_line(const fs::path& file, const Error& error) {
  return json::Object{
      {"file", file.string()}, {"error", std::string(facts(error.kind).name)}, {"what", error.what}};
}

Result<json::Value> shown(const fs::path& file) {
  auto model = graph::load(file);
  if (!model) return forward(model);
  if (auto good = graph::check(*model); !good) return forward(good, file.string());
  const auto found = graph::infer(*model);
  if (!found) return forward(found, file.string());
  json::Object types;
  for (const auto& [name, type] : found->types) types.emplace_back(name, graph::type_text(type));
  std::ranges::sort(types, {}, &json::Member::first);
  json::Array missing;
  for (const auto& op : found->without_rule) missing.push_back(op);
  return json::Object{{"file", file.string()},
                      {"opset", graph::opset_of(*model)},
                      {"ir_version", model->ir_version},
                      {"producer", model->producer},
                      {"nodes", static_cast<int64_t>(model->graph.nodes.size())},
                      {"inputs", values_json(model->graph.inputs)},
                      {"outputs", values_json(model->graph.outputs)},
                      {"types", std::move(types)},
                      {"operators_without_rule", std::move(missing)}};
}

Result<json::Value> checked(const fs::path& file) {
  const auto model = graph::load(file);
  if (!model) return forward(model);
  if (auto good = graph::check(*model); !good) return forward(good, file.string());
  if (auto good = graph::check_weights(*model); !good) return forward(good, file.string());
  return json::Object{{"file", file.string()}, {"good", true}};
}

void print_shown(const json::Value& line) {
  const auto text = [&](const char* key) {
    const auto* found = line.find(key);
    return found == nullptr ? "" : found->text() != nullptr ? *found->text() : json::print(*found);
  };
  std::printf("%s: opset %s, IR %s, %s nodes%s\n", text("file").c_str(), text("opset").c_str(),
              text("ir_version").c_str(), text("nodes").c_str(),
              text("producer").empty() ? "" : cat(", by ", text("producer")).c_str());
  for (const char* side : {"inputs", "outputs"}) {
    for (const auto& value : *line.find(side)->array()) {
      std::printf("  %s %s %s\n", side == std::string_view("inputs") ? "in " : "out",
                  value.find("name")->text()->c_str(), value.find("type")->text()->c_str());
    }
  }
}

// One line for each file; the exit code of the first that is refused.
template <class Look, class Print>
int for_each_file(const ModelOptions& options, Look look, Print print) {
  int code = 0;
  for (const fs::path& file : options.files) {
    const auto line = look(file);
    if (line) {
      if (options.json) {
        std::printf("%s\n", json::print(*line).c_str());
      } else {
        print(*line);
      }
      continue;
    }
    if (options.json) {
      std::printf("%s\n", json::print(error_line(file, line.error())).c_str());
      code = code != 0 ? code : facts(line.error().kind).exit_code;
    } else {
      const int its = print_error(line.error());
      code = code != 0 ? code : its;
    }
  }
  return code;
}

Result<json::Value> assessed(const fs::path& file, inference::Backend* backend) {
  const auto model = graph::load(file);
  if (!model) return forward(model);
  assessment::AssessOptions options{.file_bytes = size_of(file),
                                    .format = is_tflite(file) ? "tflite" : "onnx",
                                    .backend = backend,
                                    .file = file};
  // The runtime reads ONNX only.
  if (is_tflite(file)) options.backend = nullptr;
  const auto found = assessment::assess(*model, options);
  if (!found) return forward(found, file.string());
  json::Value out = assessment::to_json(*found);
  out.set("file", file.string());
  return out;
}

// "–" for an operator whose nodes were not run alone.
std::string timed(const json::Value& op) {
  const double milliseconds = op.find("milliseconds")->number().value_or(0);
  return milliseconds > 0 ? fixed(milliseconds, 3) : "–";
}

void print_assessed(const json::Value& line) {
  const auto integer = [&](const json::Value& of, const char* key) {
    return of.find(key)->integer().value_or(0);
  };
  std::printf("%s: %s, %.2f M parameters, %.1f M multiply-accumulates, opset %lld\n",
              line.find("file")->text()->c_str(),
              size_text(static_cast<uint64_t>(integer(line, "file_bytes"))).c_str(),
              static_cast<double>(integer(line, "parameters")) / 1e6,
              static_cast<double>(integer(line, "macs")) / 1e6,
              static_cast<long long>(integer(line, "opset")));
  const auto& memory = *line.find("memory");
  std::printf("memory for results: %s at least, %s with fixed places; weights %s\n",
              size_text(static_cast<uint64_t>(integer(memory, "live_bytes"))).c_str(),
              size_text(static_cast<uint64_t>(integer(memory, "arena_bytes"))).c_str(),
              size_text(static_cast<uint64_t>(integer(line, "weight_bytes"))).c_str());
  const double median = line.find("speed")->find("median_ms")->number().value_or(0);
  if (median > 0) std::printf("speed here, one thread: %.2f ms\n", median);
  std::vector<std::vector<std::string>> rows;
  for (const auto& op : *line.find("operators")->array()) {
    rows.push_back({*op.find("op")->text(), std::to_string(integer(op, "count")),
                    fixed(static_cast<double>(integer(op, "macs")) / 1e6, 2), timed(op),
                    *op.find("int8")->text(), *op.find("becomes")->text()});
  }
  print_table({"operator", "nodes", "M MACs", "ms", "INT8", "becomes"}, rows);
  for (const auto& warning : *line.find("warnings")->array())
    std::printf("%s\n", paint(cat("note: ", *warning.text()), Tone::unsure).c_str());
  for (const auto& one : *line.find("advice")->array()) {
    std::printf("%s %s\n", paint(cat("- ", *one.find("what")->text(), ":"), Tone::accent).c_str(),
                one.find("why")->text()->c_str());
  }
}

Status change(graph::Model& model, const ModelOptions& options, inference::Backend* backend) {
  if (options.opset > 0) {
    if (auto done = graph::upgrade(model, options.opset); !done) return done;
  }
  if (options.passes) {
    const auto report = passes::run_passes(model, passes::all_passes(), {.backend = backend});
    if (!report) return forward(report);
    for (const auto& line : report->lines) std::fprintf(stderr, "%s: %zu\n", line.pass.c_str(), line.changes);
  }
  if (options.sparsity > 0 || options.two_of_four) {
    const auto pattern = options.two_of_four ? passes::Pattern::two_of_four : passes::Pattern::unstructured;
    const auto report = passes::prune(model, {.pattern = pattern, .sparsity = options.sparsity});
    if (!report) return forward(report);
    std::fprintf(stderr, "pruned: %.1f %% of %zu tensors\n", 100 * report->sparsity(), report->lines.size());
  }
  if (options.precision == "float16") {
    const auto report = passes::to_half(model);
    if (!report) return forward(report);
    for (const auto& line : report->kept) std::fprintf(stderr, "float32: %s\n", line.c_str());
  } else if (options.precision == "dynamic-int8") {
    const auto report = passes::to_dynamic_int8(model);
    if (!report) return forward(report);
    std::fprintf(stderr, "dynamic INT8: %zu products, %zu recurrent\n", report->products, report->recurrent);
  } else if (options.precision == "int4") {
    const auto report = passes::to_weight_int4(model);
    if (!report) return forward(report);
    std::fprintf(stderr, "INT4: %zu products, %s to %s\n", report->products,
                 size_text(report->bytes_before).c_str(), size_text(report->bytes_after).c_str());
  }
  return graph::infer_types(model);
}

int convert(const ModelOptions& options, inference::Backend* backend) {
  if (options.files.size() != 2)
    return print_error({ErrorKind::invalid, "convert needs two files: the one to read and the one to write"});
  auto model = graph::load(options.files[0]);
  if (!model) return print_error(model.error());
  if (auto good = graph::check(*model); !good)
    return print_error({good.error().kind, cat(options.files[0].string(), ": ", good.error().what)});
  if (auto done = change(*model, options, backend); !done)
    return print_error({done.error().kind, cat(options.files[0].string(), ": ", done.error().what)});
  if (auto stored = graph::store(*model, options.files[1]); !stored) return print_error(stored.error());
  std::printf("%s: %s, before %s\n", options.files[1].string().c_str(),
              size_text(size_of(options.files[1])).c_str(), size_text(size_of(options.files[0])).c_str());
  return 0;
}

}  // namespace

int run_model(const ModelOptions& options) {
  if (options.verb == "show") return for_each_file(options, shown, print_shown);
  if (options.verb == "check") {
    return for_each_file(options, checked, [](const json::Value& line) {
      std::printf("%s: good\n", line.find("file")->text()->c_str());
    });
  }
  // Both do without a runtime: then nothing is timed, and nothing is folded.
  auto backend = inference::open_onnxruntime();
  inference::Backend* runtime = backend ? backend->get() : nullptr;
  if (options.verb == "convert") return convert(options, runtime);
  return for_each_file(
      options, [&](const fs::path& file) { return assessed(file, options.measure ? runtime : nullptr); },
      print_assessed);
}

}  // namespace oree::app
