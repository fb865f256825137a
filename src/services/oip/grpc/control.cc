#include "services/oip/grpc/control.h"

#include "services/oip/grpc/config/config_message.h"

namespace oree::oip {
namespace {

using protobuf::bytes_key;
using protobuf::Fields;
using protobuf::Writer;

// {name = 1, version = 2}, which many requests are.
struct NameAndVersion {
  std::string_view name, version;
};

Result<NameAndVersion> read_name(ByteView request) {
  NameAndVersion read;
  Fields fields(request);
  while (fields.next()) {
    if (fields.key() == bytes_key(1)) read.name = fields.text();
    if (fields.key() == bytes_key(2)) read.version = fields.text();
  }
  if (fields.broken()) return fail(ErrorKind::invalid, "the request is no valid message");
  return read;
}

void write_ports(Writer& writer, uint32_t number, const std::vector<inference::PortDescription>& ports) {
  for (const inference::PortDescription& port : ports) {
    const size_t start = writer.begin(number);
    writer.text(1, port.spec.name);
    writer.text(2, tensor::facts(port.spec.dtype).name);
    writer.packed(3, port.spec.shape);
    writer.end(start);
  }
}

void write_duration(Writer& writer, uint32_t number, const inference::Duration& duration) {
  const size_t start = writer.begin(number);
  writer.integer(1, duration.count);
  writer.integer(2, duration.ns);
  writer.end(start);
}

void write_statistics(Writer& writer, const inference::ModelStatistics& model) {
  const size_t start = writer.begin(1);
  writer.text(1, model.name);
  writer.text(2, model.version);
  writer.integer(3, model.last_inference_ms);
  writer.integer(4, model.inference_count);
  writer.integer(5, model.execution_count);
  const size_t infer = writer.begin(6);
  uint32_t number = 0;
  for (const inference::Duration* duration :
       {&model.success, &model.fail, &model.queue, &model.compute_input, &model.compute_infer,
        &model.compute_output, &model.cache_hit, &model.cache_miss}) {
    write_duration(writer, ++number, *duration);
  }
  writer.end(infer);
  for (const inference::BatchStatistics& batch : model.batches) {
    const size_t one = writer.begin(7);
    writer.integer(1, batch.batch_size);
    write_duration(writer, 2, batch.compute_input);
    write_duration(writer, 3, batch.compute_infer);
    write_duration(writer, 4, batch.compute_output);
    writer.end(one);
  }
  if (model.memory_bytes > 0) {
    const size_t memory = writer.begin(8);
    writer.text(1, "CPU");
    writer.integer(3, model.memory_bytes);
    writer.end(memory);
  }
  writer.end(start);
}

}  // namespace

Status Control::server_live(const ControlCall& call) const {
  call.reply.boolean(1, true);
  return {};
}

Status Control::server_ready(const ControlCall& call) const {
  call.reply.boolean(1, parts_.service.ready());
  return {};
}

Status Control::server_metadata(const ControlCall& call) const {
  call.reply.text(1, parts_.name);
  call.reply.text(2, parts_.version);
  for (const char* extension :
       {"classification", "sequence", "model_repository", "model_repository(unload_dependents)",
        "schedule_policy", "model_configuration", "system_shared_memory", "cuda_shared_memory",
        "binary_tensor_data", "parameters", "statistics", "trace", "logging"}) {
    call.reply.text(3, extension);
  }
  return {};
}

// Not ready is an answer; only a model that does not exist is an error.
Status Control::model_ready(const ControlCall& call) const {
  const auto asked = read_name(call.request);
  if (!asked) return forward(asked);
  const auto served = parts_.service.find(asked->name, asked->version, call.wait);
  if (served) call.reply.boolean(1, true);
  if (served || served.error().kind != ErrorKind::busy)
    return {};  // nobody by that name is not ready, no fault
  return forward(served);
}

Status Control::model_metadata(const ControlCall& call) const {
  const auto asked = read_name(call.request);
  if (!asked) return forward(asked);
  const auto served = parts_.service.find(asked->name, asked->version, call.wait);
  if (!served) return forward(served);
  const inference::Description& model = (*served)->description();
  call.reply.text(1, model.name);
  if (const auto versions = parts_.service.versions(model.name)) {
    for (const std::string& version : *versions) call.reply.text(2, version);
  }
  call.reply.text(3, model.platform);
  write_ports(call.reply, 4, model.inputs);
  write_ports(call.reply, 5, model.outputs);
  return {};
}

Status Control::model_config(const ControlCall& call) const {
  const auto asked = read_name(call.request);
  if (!asked) return forward(asked);
  const auto served = parts_.service.find(asked->name, asked->version, call.wait);
  if (!served) return forward(served);
  const size_t start = call.reply.begin(1);
  if (Status written = write_config((*served)->config_json(), call.reply); !written) return written;
  call.reply.end(start);
  return {};
}

Status Control::model_statistics(const ControlCall& call) const {
  const auto asked = read_name(call.request);
  if (!asked) return forward(asked);
  const auto models = parts_.service.statistics(asked->name, asked->version);
  if (!models) return forward(models);
  for (const inference::ModelStatistics& model : *models) write_statistics(call.reply, model);
  return {};
}

const std::vector<Control::Row>& Control::table() {
  static const std::vector<Row> rows{
      {"ServerLive", &Control::server_live, true},
      {"ServerReady", &Control::server_ready, true},
      {"ServerMetadata", &Control::server_metadata, true},
      {"ModelReady", &Control::model_ready, true},
      {"ModelMetadata", &Control::model_metadata, true},
      {"ModelConfig", &Control::model_config, true},
      {"ModelStatistics", &Control::model_statistics, false},
      {"RepositoryIndex", &Control::repository_index, false},
      {"RepositoryModelLoad", &Control::repository_load, false},
      {"RepositoryModelUnload", &Control::repository_unload, false},
      {"SystemSharedMemoryStatus", &Control::system_status, true},
      {"SystemSharedMemoryRegister", &Control::system_register, false},
      {"SystemSharedMemoryUnregister", &Control::system_unregister, false},
      {"CudaSharedMemoryStatus", &Control::cuda_status, true},
      {"CudaSharedMemoryRegister", &Control::cuda_register, true},
      {"CudaSharedMemoryUnregister", &Control::cuda_unregister, true},
      {"TraceSetting", &Control::trace_setting, false},
      {"LogSettings", &Control::log_settings, true},
  };
  return rows;
}

}  // namespace oree::oip
