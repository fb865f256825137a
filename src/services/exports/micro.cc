#include "services/exports/micro.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "services/exports/arena.h"

namespace oree::exports {
namespace {

using tflite::ElementType;

// What the interpreter keeps on a 32-bit core, in bytes.
constexpr uint64_t kForItself = 1536, kForTensor = 12, kForInputOrOutput = 112, kForNode = 48,
                   kForOperator = 64, kForChannel = 8;

bool is_identifier(const std::string& name) {
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
         std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; }) &&
         name.size() <= 100;
}

bool multiplies(std::string_view name) {
  return name == "CONV_2D" || name == "DEPTHWISE_CONV_2D" || name == "FULLY_CONNECTED" ||
         name == "TRANSPOSE_CONV";
}

Status check(const tflite::Subgraph& graph) {
  for (const auto& op : graph.operators) {
    const std::string name = tflite::operator_name(op);
    if (resolver_call(name).empty())
      return fail(ErrorKind::unsupported,
                  cat("TFLite Micro has no ", name, "; replace it in the model before converting"));
    if (!multiplies(name) || op.inputs.size() < 2 || op.inputs[0] < 0 || op.inputs[1] < 0) continue;
    const auto& input = graph.tensors[static_cast<size_t>(op.inputs[0])];
    const auto& kernel = graph.tensors[static_cast<size_t>(op.inputs[1])];
    if (input.type == ElementType::f32 && kernel.type == ElementType::i8 && kernel.is_constant())
      return fail(ErrorKind::unsupported,
                  cat("the ", name, " that reads '", kernel.name,
                      "' has an 8-bit kernel under float activations, which "
                      "TFLite Micro does not run; convert with a representative data set"));
  }
  for (const auto& tensor : graph.tensors)
    if (std::ranges::find(tensor.signature.begin() + (tensor.signature.empty() ? 0 : 1),
                          tensor.signature.end(), -1) != tensor.signature.end())
      return fail(
          ErrorKind::unsupported,
          cat("'", tensor.name, "' has a shape that differs between runs; convert with a fixed shape"));
  return {};
}

// Of everything that a run makes: inputs live from before the first operator, outputs to behind the last.
std::vector<Lifetime> lifetimes_of(const tflite::Subgraph& graph) {
  constexpr size_t kNever = SIZE_MAX;
  std::vector<Lifetime> lives(graph.tensors.size(), {0, kNever, 0});
  const auto touch = [&](int32_t tensor, size_t at) {
    if (tensor < 0) return;
    auto& life = lives[static_cast<size_t>(tensor)];
    life.first = std::min(life.first, at);
    life.last = std::max(life.last, at);
  };
  for (const int32_t input : graph.inputs) touch(input, 0);
  for (size_t i = 0; i < graph.operators.size(); ++i) {
    for (const int32_t input : graph.operators[i].inputs) touch(input, i + 1);
    for (const int32_t output : graph.operators[i].outputs) touch(output, i + 1);
  }
  for (const int32_t output : graph.outputs) touch(output, graph.operators.size() + 1);
  std::vector<Lifetime> found;
  for (size_t i = 0; i < lives.size(); ++i) {
    const auto& tensor = graph.tensors[i];
    if (lives[i].first == kNever || tensor.is_constant() || tensor.is_variable) continue;
    found.push_back({tensor.bytes(), lives[i].first, lives[i].last});
  }
  return found;
}

uint64_t kept_bytes(const tflite::Subgraph& graph) {
  uint64_t bytes = kForItself + kForTensor * graph.tensors.size() +
                   kForInputOrOutput * (graph.inputs.size() + graph.outputs.size());
  for (const auto& op : graph.operators) {
    bytes += kForNode + kForOperator;
    if (!multiplies(tflite::operator_name(op)) || op.inputs.size() < 2 || op.inputs[1] < 0) continue;
    const auto& kernel = graph.tensors[static_cast<size_t>(op.inputs[1])];
    if (kernel.quantisation) bytes += kForChannel * kernel.quantisation->scales.size();
  }
  for (const auto& tensor : graph.tensors)
    if (tensor.is_variable) bytes += (tensor.bytes() + 15) / 16 * 16;
  return bytes;
}

std::string header_text(const MicroExport& out, const std::string& name) {
  std::string text = cat("// A network for TFLite Micro: ", size_text(out.model_bytes), " of flash, ",
                         size_text(out.arena_bytes), " of RAM.\n#pragma once\n\nextern const unsigned char ",
                         name, "[];\nextern const unsigned int ", name, "_size;\n\n");
  text += cat("// Activations ", out.activation_bytes, " (planned), the interpreter's own ", out.kept_bytes,
              " (estimate for a 32-bit core), 10 % to spare.\nconstexpr int ", name,
              "_arena_bytes = ", out.arena_bytes, ";\nconstexpr int ", name,
              "_operators = ", out.operators.size(), ";\n\n");
  text += cat("// tflite::MicroMutableOpResolver<", name,
              "_operators> resolver;\ntemplate <class Resolver>\nvoid add_", name,
              "_operators(Resolver& resolver) {\n");
  for (const auto& one : out.operators) text += cat("  resolver.", resolver_call(one), "();\n");
  return text + "}\n";
}

std::string source_text(const tflite::Model& model, const std::string& name) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr size_t kInLine = 16;
  const ByteBuffer& bytes = *model.bytes;
  std::string text = cat("#include \"", name, ".h\"\n\nalignas(16) const unsigned char ", name, "[] = {");
  text.reserve(text.size() + bytes.size() * 5 + bytes.size() / kInLine * 3 + 100);
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i % kInLine == 0) text += "\n    ";
    const auto byte = std::to_integer<unsigned>(bytes[i]);
    text += "0x";
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
    text += ',';
  }
  return text + cat("\n};\nconst unsigned int ", name, "_size = ", bytes.size(), ";\n");
}

}  // namespace

Result<MicroExport> export_micro(const tflite::Model& model, const std::string& name) {
  if (!is_identifier(name))
    return fail(ErrorKind::invalid, cat("'", name, "' is no name for C; use letters, digits and _"));
  MicroExport out;
  out.model_bytes = model.bytes->size();
  for (const auto& graph : model.subgraphs) {
    if (const Status fits = check(graph); !fits) return forward(fits);
    const auto lifetimes = lifetimes_of(graph);
    const ArenaPlan plan = plan_arena(lifetimes);
    out.activation_bytes += plan.bytes;
    out.least_bytes += plan.least;
    out.kept_bytes += kept_bytes(graph);
    for (const auto& op : graph.operators) {
      std::string one = tflite::operator_name(op);
      if (std::ranges::find(out.operators, one) == out.operators.end())
        out.operators.push_back(std::move(one));
    }
  }
  std::ranges::sort(out.operators);
  const uint64_t sum = out.activation_bytes + out.kept_bytes;
  out.arena_bytes = (sum + sum / 10 + 15) / 16 * 16;
  out.header = header_text(out, name);
  out.source = source_text(model, name);
  return out;
}

}  // namespace oree::exports
