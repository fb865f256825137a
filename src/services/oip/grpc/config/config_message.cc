#include "services/oip/grpc/config/config_message.h"

#include <algorithm>
#include <initializer_list>
#include <span>

#include "base/text.h"
#include "platform/json/value.h"

namespace oree::oip {
namespace {

using protobuf::Writer;

enum class Type {
  text,
  integer,
  boolean,
  single,  // float
  real,    // double
  names,   // an enum: position in the list
  message,
  text_map,     // map<string, string>
  message_map,  // map<string, message>
  integer_map,  // map<uint64, message>
};

// One field of a message: its name in JSON, number and type. Repeated ones are arrays in JSON.
struct Field {
  std::string_view name;
  uint32_t number;
  Type type;
  std::span<const Field> fields = {};            // of a message
  std::span<const std::string_view> names = {};  // of an enum
};

constexpr std::string_view kDataType[] = {"TYPE_INVALID", "TYPE_BOOL",   "TYPE_UINT8", "TYPE_UINT16",
                                          "TYPE_UINT32",  "TYPE_UINT64", "TYPE_INT8",  "TYPE_INT16",
                                          "TYPE_INT32",   "TYPE_INT64",  "TYPE_FP16",  "TYPE_FP32",
                                          "TYPE_FP64",    "TYPE_STRING", "TYPE_BF16"};
constexpr std::string_view kInstanceKind[] = {"KIND_AUTO", "KIND_GPU", "KIND_CPU", "KIND_MODEL"};
constexpr std::string_view kFormat[] = {"FORMAT_NONE", "FORMAT_NHWC", "FORMAT_NCHW"};
constexpr std::string_view kBatchInputKind[] = {"BATCH_ELEMENT_COUNT",
                                                "BATCH_ACCUMULATED_ELEMENT_COUNT",
                                                "BATCH_ACCUMULATED_ELEMENT_COUNT_WITH_ZERO",
                                                "BATCH_MAX_ELEMENT_COUNT_AS_SHAPE",
                                                "BATCH_ITEM_SHAPE",
                                                "BATCH_ITEM_SHAPE_FLATTEN"};
constexpr std::string_view kBatchOutputKind[] = {"BATCH_SCATTER_WITH_INPUT_SHAPE"};
constexpr std::string_view kPriority[] = {"PRIORITY_DEFAULT", "PRIORITY_MAX", "PRIORITY_MIN"};
constexpr std::string_view kTimeoutAction[] = {"REJECT", "DELAY"};
constexpr std::string_view kControlKind[] = {"CONTROL_SEQUENCE_START", "CONTROL_SEQUENCE_READY",
                                             "CONTROL_SEQUENCE_END", "CONTROL_SEQUENCE_CORRID"};
constexpr std::string_view kSecondaryKind[] = {"KIND_NVDLA"};

constexpr Field kReshape[] = {{"shape", 1, Type::integer}};
constexpr Field kInput[] = {{"name", 1, Type::text},
                            {"data_type", 2, Type::names, {}, kDataType},
                            {"format", 3, Type::names, {}, kFormat},
                            {"dims", 4, Type::integer},
                            {"reshape", 5, Type::message, kReshape},
                            {"is_shape_tensor", 6, Type::boolean},
                            {"allow_ragged_batch", 7, Type::boolean},
                            {"optional", 8, Type::boolean},
                            {"is_non_linear_format_io", 9, Type::boolean}};
constexpr Field kOutput[] = {{"name", 1, Type::text},
                             {"data_type", 2, Type::names, {}, kDataType},
                             {"dims", 3, Type::integer},
                             {"label_filename", 4, Type::text},
                             {"reshape", 5, Type::message, kReshape},
                             {"is_shape_tensor", 6, Type::boolean},
                             {"is_non_linear_format_io", 7, Type::boolean}};
constexpr Field kBatchInput[] = {{"kind", 1, Type::names, {}, kBatchInputKind},
                                 {"target_name", 2, Type::text},
                                 {"data_type", 3, Type::names, {}, kDataType},
                                 {"source_input", 4, Type::text}};
constexpr Field kBatchOutput[] = {{"target_name", 1, Type::text},
                                  {"kind", 2, Type::names, {}, kBatchOutputKind},
                                  {"source_input", 3, Type::text}};

constexpr Field kLatest[] = {{"num_versions", 1, Type::integer}};
constexpr Field kSpecific[] = {{"versions", 1, Type::integer}};
constexpr Field kVersionPolicy[] = {{"latest", 1, Type::message, kLatest},
                                    {"all", 2, Type::message},
                                    {"specific", 3, Type::message, kSpecific}};

constexpr Field kResource[] = {
    {"name", 1, Type::text}, {"global", 2, Type::boolean}, {"count", 3, Type::integer}};
constexpr Field kRateLimiter[] = {{"resources", 1, Type::message, kResource}, {"priority", 2, Type::integer}};
constexpr Field kSecondaryDevice[] = {{"kind", 1, Type::names, {}, kSecondaryKind},
                                      {"device_id", 2, Type::integer}};
constexpr Field kInstanceGroup[] = {
    {"name", 1, Type::text},       {"count", 2, Type::integer},
    {"gpus", 3, Type::integer},    {"kind", 4, Type::names, {}, kInstanceKind},
    {"profile", 5, Type::text},    {"rate_limiter", 6, Type::message, kRateLimiter},
    {"passive", 7, Type::boolean}, {"secondary_devices", 8, Type::message, kSecondaryDevice},
    {"host_policy", 9, Type::text}};

constexpr Field kGraph[] = {{"level", 1, Type::integer}};
constexpr Field kShape[] = {{"dim", 1, Type::integer}};
constexpr Field kLowerBound[] = {{"batch_size", 1, Type::integer}, {"input", 2, Type::message_map, kShape}};
constexpr Field kGraphSpec[] = {{"batch_size", 1, Type::integer},
                                {"input", 2, Type::message_map, kShape},
                                {"graph_lower_bound", 3, Type::message, kLowerBound}};
constexpr Field kCuda[] = {{"graphs", 1, Type::boolean},
                           {"busy_wait_events", 2, Type::boolean},
                           {"graph_spec", 3, Type::message, kGraphSpec},
                           {"output_copy_stream", 4, Type::boolean}};
constexpr Field kNamed[] = {{"name", 1, Type::text}, {"parameters", 2, Type::text_map}};
constexpr Field kAccelerators[] = {{"gpu_execution_accelerator", 1, Type::message, kNamed},
                                   {"cpu_execution_accelerator", 2, Type::message, kNamed}};
constexpr Field kEnable[] = {{"enable", 1, Type::boolean}};
constexpr Field kOptimization[] = {{"graph", 1, Type::message, kGraph},
                                   {"priority", 2, Type::names, {}, kPriority},
                                   {"cuda", 3, Type::message, kCuda},
                                   {"execution_accelerators", 4, Type::message, kAccelerators},
                                   {"input_pinned_memory", 5, Type::message, kEnable},
                                   {"output_pinned_memory", 6, Type::message, kEnable},
                                   {"gather_kernel_buffer_threshold", 7, Type::integer},
                                   {"eager_batching", 8, Type::boolean}};

constexpr Field kQueuePolicy[] = {{"timeout_action", 1, Type::names, {}, kTimeoutAction},
                                  {"default_timeout_microseconds", 2, Type::integer},
                                  {"allow_timeout_override", 3, Type::boolean},
                                  {"max_queue_size", 4, Type::integer}};
constexpr Field kDynamicBatching[] = {{"preferred_batch_size", 1, Type::integer},
                                      {"max_queue_delay_microseconds", 2, Type::integer},
                                      {"preserve_ordering", 3, Type::boolean},
                                      {"priority_levels", 4, Type::integer},
                                      {"default_priority_level", 5, Type::integer},
                                      {"default_queue_policy", 6, Type::message, kQueuePolicy},
                                      {"priority_queue_policy", 7, Type::integer_map, kQueuePolicy}};
constexpr Field kControl[] = {{"kind", 1, Type::names, {}, kControlKind},
                              {"int32_false_true", 2, Type::integer},
                              {"fp32_false_true", 3, Type::single},
                              {"data_type", 4, Type::names, {}, kDataType},
                              {"bool_false_true", 5, Type::boolean}};
constexpr Field kControlInput[] = {{"name", 1, Type::text}, {"control", 2, Type::message, kControl}};
constexpr Field kInitialState[] = {{"data_type", 1, Type::names, {}, kDataType},
                                   {"dims", 2, Type::integer},
                                   {"zero_data", 3, Type::boolean},
                                   {"data_file", 4, Type::text},
                                   {"name", 5, Type::text}};
constexpr Field kState[] = {{"input_name", 1, Type::text},
                            {"output_name", 2, Type::text},
                            {"data_type", 3, Type::names, {}, kDataType},
                            {"dims", 4, Type::integer},
                            {"initial_state", 5, Type::message, kInitialState},
                            {"use_same_buffer_for_input_output", 6, Type::boolean},
                            {"use_growable_memory", 7, Type::boolean}};
constexpr Field kDirect[] = {{"max_queue_delay_microseconds", 1, Type::integer},
                             {"minimum_slot_utilization", 2, Type::single}};
constexpr Field kOldest[] = {{"max_candidate_sequences", 1, Type::integer},
                             {"preferred_batch_size", 2, Type::integer},
                             {"max_queue_delay_microseconds", 3, Type::integer},
                             {"preserve_ordering", 4, Type::boolean}};
constexpr Field kSequenceBatching[] = {{"max_sequence_idle_microseconds", 1, Type::integer},
                                       {"control_input", 2, Type::message, kControlInput},
                                       {"direct", 3, Type::message, kDirect},
                                       {"oldest", 4, Type::message, kOldest},
                                       {"state", 5, Type::message, kState},
                                       {"iterative_sequence", 6, Type::boolean}};
constexpr Field kStep[] = {{"model_name", 1, Type::text},
                           {"model_version", 2, Type::integer},
                           {"input_map", 3, Type::text_map},
                           {"output_map", 4, Type::text_map},
                           {"model_namespace", 5, Type::text}};
constexpr Field kEnsemble[] = {{"step", 1, Type::message, kStep},
                               {"max_inflight_requests", 2, Type::integer}};

constexpr Field kParameter[] = {{"string_value", 1, Type::text}};
constexpr Field kWarmupInput[] = {{"data_type", 1, Type::names, {}, kDataType},
                                  {"dims", 2, Type::integer},
                                  {"zero_data", 3, Type::boolean},
                                  {"random_data", 4, Type::boolean},
                                  {"input_data_file", 5, Type::text}};
constexpr Field kWarmup[] = {{"name", 1, Type::text},
                             {"batch_size", 2, Type::integer},
                             {"inputs", 3, Type::message_map, kWarmupInput},
                             {"count", 4, Type::integer}};
constexpr Field kOperations[] = {{"op_library_filename", 1, Type::text}};
constexpr Field kTransaction[] = {{"decoupled", 1, Type::boolean}};
constexpr Field kAgents[] = {{"agents", 1, Type::message, kNamed}};

constexpr Field kFamily[] = {{"family", 1, Type::text}};
constexpr Field kHistogram[] = {{"buckets", 1, Type::real}};
constexpr Field kMetricControl[] = {{"metric_identifier", 1, Type::message, kFamily},
                                    {"histogram_options", 2, Type::message, kHistogram}};
constexpr Field kMetrics[] = {{"metric_control", 1, Type::message, kMetricControl}};

constexpr Field kModelConfig[] = {{"name", 1, Type::text},
                                  {"platform", 2, Type::text},
                                  {"version_policy", 3, Type::message, kVersionPolicy},
                                  {"max_batch_size", 4, Type::integer},
                                  {"input", 5, Type::message, kInput},
                                  {"output", 6, Type::message, kOutput},
                                  {"instance_group", 7, Type::message, kInstanceGroup},
                                  {"default_model_filename", 8, Type::text},
                                  {"cc_model_filenames", 9, Type::text_map},
                                  {"metric_tags", 10, Type::text_map},
                                  {"dynamic_batching", 11, Type::message, kDynamicBatching},
                                  {"optimization", 12, Type::message, kOptimization},
                                  {"sequence_batching", 13, Type::message, kSequenceBatching},
                                  {"parameters", 14, Type::message_map, kParameter},
                                  {"ensemble_scheduling", 15, Type::message, kEnsemble},
                                  {"model_warmup", 16, Type::message, kWarmup},
                                  {"backend", 17, Type::text},
                                  {"model_operations", 18, Type::message, kOperations},
                                  {"model_transaction_policy", 19, Type::message, kTransaction},
                                  {"batch_input", 20, Type::message, kBatchInput},
                                  {"batch_output", 21, Type::message, kBatchOutput},
                                  {"model_repository_agents", 23, Type::message, kAgents},
                                  {"response_cache", 24, Type::message, kEnable},
                                  {"runtime", 25, Type::text},
                                  {"model_metrics", 26, Type::message, kMetrics}};

void write_message(std::span<const Field> fields, const json::Object& object, Writer& writer);

// JSON says 64 bits as numbers or, as protobuf's own JSON does, as text.
uint64_t integer_of(const json::Value& value) {
  if (const auto number = value.integer()) return static_cast<uint64_t>(*number);
  if (const std::string* text = value.text()) {
    if (const auto number = parse_number<int64_t>(*text)) return static_cast<uint64_t>(*number);
    return parse_number<uint64_t>(*text).value_or(0);
  }
  return static_cast<uint64_t>(value.number().value_or(0));
}

uint64_t position_of(const json::Value& value, std::span<const std::string_view> names) {
  if (value.text() == nullptr) return integer_of(value);
  const auto at = std::ranges::find(names, std::string_view(*value.text()));
  return at == names.end() ? 0 : static_cast<uint64_t>(at - names.begin());
}

void write_object(const Field& field, uint32_t number, const json::Value& value, Writer& writer) {
  const json::Object* object = value.object();
  if (object == nullptr) return;
  const size_t start = writer.begin(number);
  write_message(field.fields, *object, writer);
  writer.end(start);
}

void write_map(const Field& field, const json::Object& object, Writer& writer) {
  for (const auto& [key, value] : object) {
    const size_t entry = writer.begin(field.number);
    if (field.type == Type::integer_map) {
      writer.always_integer(1, parse_number<uint64_t>(key).value_or(0));
    } else {
      writer.always_text(1, key);
    }
    if (field.type == Type::text_map) {
      if (value.text() != nullptr) writer.always_text(2, *value.text());
    } else {
      write_object(field, 2, value, writer);
    }
    writer.end(entry);
  }
}

void write_one(const Field& field, const json::Value& value, Writer& writer) {
  switch (field.type) {
    case Type::text:
      if (value.text() != nullptr) writer.always_text(field.number, *value.text());
      return;
    case Type::integer:
      return writer.always_integer(field.number, integer_of(value));
    case Type::boolean:
      return writer.always_integer(field.number, value.boolean() != nullptr && *value.boolean() ? 1 : 0);
    case Type::single:
      return writer.single(field.number, static_cast<float>(value.number().value_or(0)));
    case Type::real:
      return writer.real(field.number, value.number().value_or(0));
    case Type::names:
      return writer.always_integer(field.number, position_of(value, field.names));
    case Type::message:
      return write_object(field, field.number, value, writer);
    case Type::text_map:
    case Type::message_map:
    case Type::integer_map:
      if (value.object() != nullptr) write_map(field, *value.object(), writer);
      return;
  }
}

void write_message(std::span<const Field> fields, const json::Object& object, Writer& writer) {
  for (const auto& [key, value] : object) {
    const auto field = std::ranges::find(fields, std::string_view(key), &Field::name);
    if (field == fields.end()) continue;
    if (const json::Array* list = value.array()) {
      for (const json::Value& element : *list) write_one(*field, element, writer);
    } else {
      write_one(*field, value, writer);
    }
  }
}

}  // namespace

Status write_config(std::string_view json, Writer& writer) {
  const auto parsed = json::parse(json);
  if (!parsed || parsed->object() == nullptr) {
    return fail(ErrorKind::corrupt, "the model's configuration is no JSON object");
  }
  write_message(kModelConfig, *parsed->object(), writer);
  return {};
}

}  // namespace oree::oip
