// The repository's and the regions' calls of GRPCInferenceService.
#include "base/text.h"
#include "services/oip/grpc/control.h"

namespace oree::oip {
namespace {

using protobuf::bytes_key;
using protobuf::Fields;
using protobuf::varint_key;
using protobuf::Writer;

constexpr std::string_view kFile = "file:";

std::unexpected<Error> malformed() {
  return fail(ErrorKind::invalid, "the request is no valid message");
}

std::unexpected<Error> named_repository() {
  return fail(ErrorKind::unsupported, "'repository_name' specification is not supported");
}

// Inside the model's own folder, whatever happens.
bool is_inside(std::string_view path) {
  if (path.empty() || path.find('\\') != std::string_view::npos ||
      path.find('\0') != std::string_view::npos) {
    return false;
  }
  for (const std::string_view part : split(path, '/')) {
    if (part.empty() || part == "." || part == "..") return false;
  }
  return true;
}

// A name that becomes a folder's.
Status check_name(std::string_view name) {
  if (name.empty()) {
    return fail(ErrorKind::invalid, "Model name cannot be empty. Please enter a valid name to deploy.");
  }
  if (name.find("..") == std::string_view::npos && name.find_first_of("/\\") == std::string_view::npos) {
    return {};
  }
  return fail(ErrorKind::invalid, "model name must not contain path traversal characters");
}

// An entry of map<string, ModelRepositoryParameter>.
struct RepositoryParameter {
  std::string_view key;
  uint32_t type = 0;  // key of the value's field
  std::string_view text;
  bool boolean = false;
};

bool read_repository_parameter(ByteView entry, RepositoryParameter& parameter) {
  Fields fields(entry);
  while (fields.next()) {
    if (fields.key() == bytes_key(1)) parameter.key = fields.text();
    if (fields.key() != bytes_key(2)) continue;
    Fields value(fields.bytes());
    while (value.next()) {
      parameter.type = value.key();
      parameter.text = value.text();
      parameter.boolean = value.boolean();
    }
    if (value.broken()) return false;
  }
  return !fields.broken();
}

Status take_load_parameter(const RepositoryParameter& parameter, std::string_view model,
                           inference::LoadRequest& load) {
  if (parameter.key == "config") {
    if (parameter.type != bytes_key(3)) {
      return fail(ErrorKind::invalid,
                  "invalid value type for load parameter 'config', expected string_param.");
    }
    load.config_json = parameter.text;
    return {};
  }
  if (!parameter.key.starts_with(kFile)) {
    return fail(ErrorKind::invalid, cat("unrecognized load parameter '", parameter.key, "'."));
  }
  if (parameter.type != bytes_key(4)) {
    return fail(ErrorKind::invalid,
                cat("invalid value type for load parameter '", parameter.key, "', expected bytes_param."));
  }
  const std::string_view path = parameter.key.substr(kFile.size());
  if (!is_inside(path)) {
    return fail(ErrorKind::invalid,
                cat("failed to load '", model, "', failed to poll from model repository: '", parameter.key,
                    "' must name a file inside of the model's folder"));
  }
  load.files.insert_or_assign(std::string(path), std::string(parameter.text));
  return {};
}

}  // namespace

Status Control::repository_index(const ControlCall& call) const {
  bool only_ready = false;
  Fields fields(call.request);
  while (fields.next()) {
    if (fields.key() == bytes_key(1) && !fields.text().empty()) return named_repository();
    if (fields.key() == varint_key(2)) only_ready = fields.boolean();
  }
  if (fields.broken()) return malformed();
  for (const inference::IndexRow& row : parts_.service.index()) {
    if (only_ready && row.state != "READY") continue;
    const size_t start = call.reply.begin(1);
    call.reply.text(1, row.name);
    call.reply.text(2, row.version);
    call.reply.text(3, row.state);
    call.reply.text(4, row.reason);
    call.reply.end(start);
  }
  return {};
}

Status Control::repository_load(const ControlCall& call) const {
  std::string_view name;
  inference::LoadRequest load;
  Fields fields(call.request);
  while (fields.next()) {
    if (fields.key() == bytes_key(1) && !fields.text().empty()) return named_repository();
    if (fields.key() == bytes_key(2)) name = fields.text();
    if (fields.key() != bytes_key(3)) continue;
    RepositoryParameter parameter;
    if (!read_repository_parameter(fields.bytes(), parameter)) return malformed();
    if (Status taken = take_load_parameter(parameter, name, load); !taken) return taken;
  }
  if (fields.broken()) return malformed();
  if (!load.files.empty() && load.config_json.empty()) {
    return fail(ErrorKind::invalid, cat("failed to load '", name,
                                        "', failed to poll from model repository: load "
                                        "parameter 'config' must be specified when files are given"));
  }
  if (Status checked = check_name(name); !checked) return checked;
  return parts_.service.load(name, load);
}

Status Control::repository_unload(const ControlCall& call) const {
  std::string_view name;
  bool dependents = false;
  Fields fields(call.request);
  while (fields.next()) {
    if (fields.key() == bytes_key(1) && !fields.text().empty()) return named_repository();
    if (fields.key() == bytes_key(2)) name = fields.text();
    if (fields.key() != bytes_key(3)) continue;
    RepositoryParameter parameter;
    if (!read_repository_parameter(fields.bytes(), parameter)) return malformed();
    if (parameter.key != "unload_dependents") continue;
    if (parameter.type != varint_key(1)) {
      return fail(ErrorKind::invalid,
                  "invalid value type for unload parameter 'unload_dependents', expected bool_param.");
    }
    dependents = parameter.boolean;
  }
  if (fields.broken()) return malformed();
  return parts_.service.unload(name, dependents);
}

// ---- shared memory

Result<SharedMemory*> Control::regions(const ControlCall& call) const {
  if (parts_.shared_memory != nullptr && call.may_use_regions) return parts_.shared_memory;
  return fail(ErrorKind::denied,
              "shared memory is not allowed here: the client is not on this machine, or it is switched off");
}

Status Control::system_status(const ControlCall& call) const {
  std::string_view name;
  Fields fields(call.request);
  while (fields.next()) {
    if (fields.key() == bytes_key(1)) name = fields.text();
  }
  if (fields.broken()) return malformed();
  if (parts_.shared_memory == nullptr) return {};
  const auto all = parts_.shared_memory->status(name);
  if (!all) return forward(all);
  for (const RegionInfo& region : *all) {
    const size_t entry = call.reply.begin(1);
    call.reply.text(1, region.name);
    const size_t value = call.reply.begin(2);
    call.reply.text(1, region.name);
    call.reply.text(2, region.key);
    call.reply.integer(3, region.offset);
    call.reply.integer(4, region.byte_size);
    call.reply.end(value);
    call.reply.end(entry);
  }
  return {};
}

Status Control::system_register(const ControlCall& call) const {
  const auto memory = regions(call);
  if (!memory) return forward(memory);
  std::string_view name, key;
  uint64_t offset = 0, byte_size = 0;
  Fields fields(call.request);
  while (fields.next()) {
    if (fields.key() == bytes_key(1)) name = fields.text();
    if (fields.key() == bytes_key(2)) key = fields.text();
    if (fields.key() == varint_key(3)) offset = fields.integer();
    if (fields.key() == varint_key(4)) byte_size = fields.integer();
  }
  if (fields.broken()) return malformed();
  return (*memory)->add(name, key, offset, byte_size);
}

Status Control::system_unregister(const ControlCall& call) const {
  const auto memory = regions(call);
  if (!memory) return forward(memory);
  std::string_view name;
  Fields fields(call.request);
  while (fields.next()) {
    if (fields.key() == bytes_key(1)) name = fields.text();
  }
  if (fields.broken()) return malformed();
  name.empty() ? (*memory)->remove_all() : (*memory)->remove(name);
  return {};
}

// As a server without a GPU speaks.
Status Control::cuda_status(const ControlCall& call) const {
  Fields fields(call.request);
  while (fields.next()) {
    if (fields.key() == bytes_key(1) && !fields.text().empty()) {
      return fail(ErrorKind::not_found,
                  cat("Unable to find cuda shared memory region: '", fields.text(), "'"));
    }
  }
  return fields.broken() ? malformed() : Status();
}

Status Control::cuda_register(const ControlCall& call) const {
  std::string_view name;
  Fields fields(call.request);
  while (fields.next()) {
    if (fields.key() == bytes_key(1)) name = fields.text();
  }
  if (fields.broken()) return malformed();
  return fail(ErrorKind::invalid,
              cat("failed to register CUDA shared memory region: '", name, "', GPUs not supported"));
}

Status Control::cuda_unregister(const ControlCall&) const {
  return {};
}

}  // namespace oree::oip
