#include "services/oip/trace.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/text.h"
#include "platform/json/value.h"
#include "services/oip/wire/answer.h"

namespace oree::oip {

namespace {

constexpr uint32_t kDefaultRate = 1000;
constexpr int32_t kNoLimit = -1;
constexpr std::string_view kMode = "triton";  // the other one, "opentelemetry", sends traces elsewhere

template <class T>
Status take_number(std::string_view name, const std::string& text, T least, std::optional<T>& out) {
  const auto number = parse_number<int64_t>(text);
  if (!number) return fail(ErrorKind::invalid, cat("Unable to parse '", name, "', got: ", text));
  if (*number < least || *number > static_cast<int64_t>(std::numeric_limits<T>::max())) {
    return fail(ErrorKind::invalid, cat("Unable to parse '", name, "', value is out of range [ ", least, ", ",
                                        std::numeric_limits<T>::max(), " ], got: ", text));
  }
  out = static_cast<T>(*number);
  return {};
}

json::Object trace_tensor(std::string_view activity, uint64_t id, const Shown& tensor) {
  std::string data;
  const bool printed = print_values(data, tensor.dtype, tensor.data);
  std::string shape;
  for (const int64_t dimension : tensor.shape) shape += cat(shape.empty() ? "" : ",", dimension);
  json::Object body{
      {"name", tensor.name},
      {"data", printed ? std::string_view(data).substr(1, data.size() - 2) : std::string_view{}},
      {"shape", shape},
      {"dtype", tensor::facts(tensor.dtype).name}};
  return {{"id", id}, {"activity", activity}, {"tensor", std::move(body)}};
}

json::Array timestamps_of(const inference::CallTimes& times) {
  struct Row {
    std::string_view name;
    std::chrono::steady_clock::time_point at;
  };
  const std::array rows{Row{"REQUEST_START", times.received},
                        Row{"QUEUE_START", times.queued},
                        Row{"COMPUTE_START", times.compute_start},
                        Row{"COMPUTE_INPUT_END", times.infer_start},
                        Row{"COMPUTE_OUTPUT_START", times.infer_end},
                        Row{"COMPUTE_END", times.compute_end},
                        Row{"REQUEST_END", std::chrono::steady_clock::now()}};
  json::Array stamps;
  for (const Row& row : rows) {
    if (row.at.time_since_epoch().count() == 0) continue;
    const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(row.at.time_since_epoch());
    stamps.push_back(json::Object{{"name", row.name}, {"ns", ns.count()}});
  }
  return stamps;
}

}  // namespace

Status Trace::change(Setting& setting, std::string_view name, const std::vector<std::string>& values) {
  const bool clear = values.empty();
  if (!clear && values.size() > 1 && name != "trace_level")
    return fail(ErrorKind::invalid, cat("'", name, "' takes one value"));
  if (name == "trace_level") {
    setting.timestamps = setting.tensors = std::nullopt;
    for (const std::string& level : values) {
      if (level == "OFF" && values.size() > 1)
        return fail(ErrorKind::invalid, "Expect only one trace level 'OFF' is specified");
      if (level != "OFF" && level != "TIMESTAMPS" && level != "TENSORS")
        return fail(ErrorKind::invalid, cat("unknown trace level '", level, "'"));
      setting.timestamps = setting.timestamps.value_or(false) || level == "TIMESTAMPS";
      setting.tensors = setting.tensors.value_or(false) || level == "TENSORS";
    }
    return {};
  }
  if (name == "trace_rate") {
    setting.rate.reset();
    return clear ? Status{} : take_number<uint32_t>(name, values[0], 1, setting.rate);
  }
  if (name == "trace_count") {
    setting.count.reset();
    setting.taken = 0;
    return clear ? Status{} : take_number<int32_t>(name, values[0], kNoLimit, setting.count);
  }
  if (name == "log_frequency") {
    setting.log_frequency.reset();
    return clear ? Status{} : take_number<uint32_t>(name, values[0], 0, setting.log_frequency);
  }
  if (name == "trace_mode" && (clear || values[0] == kMode)) return {};
  if (name == "trace_file" && clear) return {};
  if (name == "trace_file")
    return fail(ErrorKind::unsupported, "trace file location can not be updated through network protocol");
  return fail(ErrorKind::invalid, cat("unknown trace setting '", name, "'"));
}

Status Trace::update(std::string_view model, const TraceValues& changes) {
  if (!sink_) return fail(ErrorKind::unavailable, "the server does not support tracing");
  const std::lock_guard lock(mutex_);
  const auto at = settings_.find(model);
  Setting setting = at == settings_.end() ? Setting{} : at->second;
  for (const auto& [name, values] : changes) {
    if (Status changed = change(setting, name, values); !changed) return changed;
  }
  settings_.insert_or_assign(std::string(model), setting);
  on_ = std::ranges::any_of(settings_, [](const auto& each) {
    return each.second.timestamps.value_or(false) || each.second.tensors.value_or(false);
  });
  return {};
}

Trace::Setting Trace::merged(std::string_view model) const {
  const auto all = settings_.find(std::string_view());
  Setting setting = all == settings_.end() ? Setting{} : all->second;
  const auto own = settings_.find(model);
  if (own != settings_.end()) {
    if (own->second.timestamps) setting.timestamps = own->second.timestamps;
    if (own->second.tensors) setting.tensors = own->second.tensors;
    if (own->second.rate) setting.rate = own->second.rate;
    if (own->second.count) setting.count = own->second.count;
    if (own->second.log_frequency) setting.log_frequency = own->second.log_frequency;
  }
  return setting;
}

TraceValues Trace::values(std::string_view model) const {
  const std::lock_guard lock(mutex_);
  const Setting setting = merged(model);
  std::vector<std::string> levels;
  if (setting.timestamps.value_or(false)) levels.emplace_back("TIMESTAMPS");
  if (setting.tensors.value_or(false)) levels.emplace_back("TENSORS");
  if (levels.empty()) levels.emplace_back("OFF");
  return {{"trace_level", std::move(levels)},
          {"trace_rate", {cat(setting.rate.value_or(kDefaultRate))}},
          {"trace_count", {cat(setting.count.value_or(kNoLimit))}},
          {"log_frequency", {cat(setting.log_frequency.value_or(0))}},
          {"trace_file", {""}},
          {"trace_mode", {std::string(kMode)}}};
}

Error Trace::unknown(std::string_view model) {
  return {ErrorKind::not_found, cat("Request for unknown model : ", model)};
}

TraceTicket Trace::draw(std::string_view model) {
  const std::lock_guard lock(mutex_);
  const Setting setting = merged(model);
  if (!setting.timestamps.value_or(false) && !setting.tensors.value_or(false)) return {};
  const auto own = settings_.find(model);
  Setting& counted = own == settings_.end() ? settings_[""] : own->second;
  if (++counted.seen % setting.rate.value_or(kDefaultRate) != 0) return {};
  const int32_t count = setting.count.value_or(kNoLimit);
  if (count != kNoLimit && counted.taken >= static_cast<uint64_t>(count)) return {};
  const uint64_t frequency = setting.log_frequency.value_or(0);
  const uint64_t file = frequency == 0 ? 0 : counted.taken / frequency;
  ++counted.taken;
  return {++last_id_, setting.timestamps.value_or(false), setting.tensors.value_or(false), file};
}

void Trace::write(const TraceTicket& ticket, const inference::Call& call,
                  const inference::Description& model) {
  json::Array trace{json::Object{{"id", ticket.id},
                                 {"model_name", model.name},
                                 {"model_version", parse_number<int64_t>(model.version).value_or(1)},
                                 {"request_id", call.id}}};
  if (ticket.timestamps)
    trace.push_back(json::Object{{"id", ticket.id}, {"timestamps", timestamps_of(call.times)}});
  if (ticket.tensors) {
    for (const inference::CallInput& input : call.inputs)
      trace.push_back(
          trace_tensor("TENSOR_QUEUE_INPUT", ticket.id, {input.name, input.dtype, input.shape, input.data}));
    for (const inference::CallOutput& output : call.outputs) {
      trace.push_back(
          trace_tensor("TENSOR_BACKEND_OUTPUT", ticket.id,
                       {output.name, output.tensor.dtype, output.tensor.shape, output.tensor.data}));
    }
  }
  sink_(ticket.file, json::print(json::Value(std::move(trace))));
}

}  // namespace oree::oip
