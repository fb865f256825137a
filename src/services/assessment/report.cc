#include "services/assessment/assess.h"
#include "services/assessment/runtimes.h"

namespace oree::assessment {
namespace {

json::Value number(uint64_t value) {
  return static_cast<int64_t>(value);
}

json::Value types_json(const Assessment& from) {
  json::Object out;
  for (const auto& [name, share] : from.weight_types) {
    out.emplace_back(name, json::Object{{"tensors", number(share.tensors)},
                                        {"elements", number(share.elements)},
                                        {"bytes", number(share.bytes)}});
  }
  return out;
}

json::Value operators_json(const Assessment& from) {
  json::Array out;
  for (const OperatorShare& share : from.operators) {
    const OperatorFate& fate = fate_of(share.op);
    const RuntimeFates& others = runtimes_of(share.op);
    out.push_back(json::Object{{"op", share.op},
                               {"count", number(share.count)},
                               {"macs", number(share.macs)},
                               {"parameters", number(share.parameters)},
                               {"milliseconds", share.milliseconds},
                               {"int8", std::string(fate_text(fate.fate))},
                               {"becomes", std::string(fate.becomes)},
                               {"openvino", std::string(others.openvino)},
                               {"tensorrt", std::string(others.tensorrt)},
                               {"tflite", std::string(others.tflite)}});
  }
  return out;
}

json::Value layers_json(const Assessment& from) {
  json::Array out;
  for (const Layer& layer : from.layers) {
    out.push_back(json::Object{{"name", layer.name},
                               {"op", layer.op},
                               {"output", layer.output},
                               {"macs", number(layer.cost.macs)},
                               {"parameters", number(layer.cost.parameters)},
                               {"weight_bytes", number(layer.cost.weight_bytes)},
                               {"int8", std::string(fate_text(layer.quantisable.fate))},
                               {"reason", layer.quantisable.reason}});
  }
  return out;
}

json::Value texts(const std::vector<std::string>& from) {
  json::Array out;
  for (const std::string& text : from) out.push_back(text);
  return out;
}

json::Value accelerators_json(const Assessment& from) {
  json::Array out;
  for (const Accelerator& one : from.accelerators)
    out.push_back(json::Object{{"kind", std::string(kind_text(one.kind))},
                               {"name", one.name},
                               {"node", one.node},
                               {"driver", one.driver},
                               {"needs", one.needs},
                               {"usable", usable(one, from.given.providers)}});
  return out;
}

json::Value branch_json(const Branch& branch) {
  const auto text = [](std::string_view part) { return std::string(part); };
  return json::Object{{"platform", text(branch.platform)},
                      {"network", text(branch.network)},
                      {"framework", text(branch.framework)},
                      {"technique", text(branch.technique)},
                      {"quantisation", text(branch.quantisation)},
                      {"second", text(branch.second)},
                      {"here", text(branch.here)},
                      {"why", text(branch.why)}};
}

json::Value requirements_json() {
  json::Array out;
  for (const Requirement& row : requirements())
    out.push_back(json::Object{{"what", std::string(row.what)},
                               {"llama_cpp", std::string(row.llama_cpp)},
                               {"olive", std::string(row.olive)},
                               {"openvino", std::string(row.openvino)},
                               {"mlx", std::string(row.mlx)},
                               {"oree", std::string(row.oree)}});
  return out;
}

}  // namespace

json::Value to_json(const Assessment& from) {
  json::Array advice, matrix;
  for (const Advice& one : from.advice)
    advice.push_back(
        json::Object{{"what", one.what}, {"why", one.why}, {"how", one.how}, {"expect", one.expect}});
  for (const Platform& row : platforms()) {
    matrix.push_back(json::Object{{"platform", std::string(row.name)},
                                  {"first", std::string(row.first)},
                                  {"second", std::string(row.second)},
                                  {"why", std::string(row.why)}});
  }
  json::Array all_branches;
  for (const Branch& one : branches()) all_branches.push_back(branch_json(one));
  const std::string peak = from.layers.empty() ? "" : from.layers[from.memory.peak_node].output;
  return json::Object{
      {"format", from.given.format},
      {"file_bytes", number(from.given.file_bytes)},
      {"opset", from.opset},
      {"ir_version", from.ir_version},
      {"producer", from.producer},
      {"parameters", number(from.parameters)},
      {"weight_bytes", number(from.weight_bytes)},
      {"macs", number(from.macs)},
      {"memory", json::Object{{"live_bytes", number(from.memory.live_bytes)},
                              {"arena_bytes", number(from.memory.arena_bytes)},
                              {"peak_at", peak}}},
      {"weights", types_json(from)},
      {"quantised_weights", from.quantised_weights},
      {"zeros", from.zeros},
      {"speed", json::Object{{"median_ms", from.median_ms}, {"spread_ms", from.spread_ms}, {"threads", 1}}},
      {"processor", json::Object{{"name", from.processor.name},
                                 {"architecture", from.processor.architecture},
                                 {"features", texts(from.processor.features)},
                                 {"threads", static_cast<int64_t>(from.processor.threads)},
                                 {"kernels", kernel_class(from.processor)}}},
      {"accelerators", accelerators_json(from)},
      {"providers", texts(from.given.providers)},
      {"kind", std::string(kind_text(from.kind))},
      {"choice", branch_json(choose_branch(from.processor, from.accelerators, from.kind))},
      {"choices", std::move(all_branches)},
      {"requirements", requirements_json()},
      {"operators", operators_json(from)},
      {"layers", layers_json(from)},
      {"advice", std::move(advice)},
      {"platforms", std::move(matrix)},
      {"warnings", texts(from.warnings)}};
}

}  // namespace oree::assessment
