// The trace and logging calls of GRPCInferenceService.
#include "services/oip/grpc/control.h"

namespace oree::oip {
namespace {

using protobuf::bytes_key;
using protobuf::Fields;
using protobuf::varint_key;
using protobuf::Writer;

std::unexpected<Error> malformed() {
  return fail(ErrorKind::invalid, "the request is no valid message");
}

// map<string, SettingValue> with SettingValue{repeated string value = 1}
bool read_trace_setting(ByteView entry, TraceValues& changes) {
  auto& [name, values] = changes.emplace_back();
  Fields fields(entry);
  while (fields.next()) {
    if (fields.key() == bytes_key(1)) name = fields.text();
    if (fields.key() != bytes_key(2)) continue;
    Fields value(fields.bytes());
    while (value.next()) {
      if (value.key() == bytes_key(1)) values.emplace_back(value.text());
    }
    if (value.broken()) return false;
  }
  return !fields.broken();
}

// SettingValue{oneof bool_param = 1, uint32_param = 2, string_param = 3}
struct LogValue {
  std::string_view name;
  uint32_t type = 0;
  uint64_t number = 0;
  std::string_view text;
};

bool read_log_value(ByteView entry, LogValue& read) {
  Fields fields(entry);
  while (fields.next()) {
    if (fields.key() == bytes_key(1)) read.name = fields.text();
    if (fields.key() != bytes_key(2)) continue;
    Fields value(fields.bytes());
    while (value.next()) {
      read.type = value.key();
      read.number = value.integer();
      read.text = value.text();
    }
    if (value.broken()) return false;
  }
  return !fields.broken();
}

std::unexpected<Error> wrong_type(std::string_view name, std::string_view wanted) {
  return fail(ErrorKind::invalid, std::string("expect value for '") + std::string(name) + "' to be of type " +
                                      std::string(wanted));
}

Status take_log_value(const LogValue& value, LogChange& change) {
  const auto flag = [&](std::optional<bool>& into) -> Status {
    if (value.type != varint_key(1)) return wrong_type(value.name, "bool");
    into = value.number != 0;
    return {};
  };
  const auto text = [&](std::optional<std::string>& into) -> Status {
    if (value.type != bytes_key(3)) return wrong_type(value.name, "string");
    into = value.text;
    return {};
  };
  if (value.name == "log_file") return text(change.file);
  if (value.name == "log_info") return flag(change.info);
  if (value.name == "log_warning") return flag(change.warning);
  if (value.name == "log_error") return flag(change.error);
  if (value.name == "log_format") return text(change.format);
  if (value.name != "log_verbose_level") {
    return fail(ErrorKind::invalid, std::string("unknown log setting '") + std::string(value.name) + "'");
  }
  if (value.type != varint_key(2)) return wrong_type(value.name, "uint32");
  change.verbose_level = static_cast<uint32_t>(value.number);
  return {};
}

// One entry of a map, whose value `fill` writes.
template <class Fill>
void write_setting(Writer& writer, std::string_view name, Fill fill) {
  const size_t entry = writer.begin(1);
  writer.text(1, name);
  const size_t value = writer.begin(2);
  fill();
  writer.end(value);
  writer.end(entry);
}

}  // namespace

Status Control::trace_setting(const ControlCall& call) const {
  if (parts_.trace == nullptr) return fail(ErrorKind::unavailable, "the server does not support tracing");
  std::string_view model;
  TraceValues changes;
  Fields fields(call.request);
  while (fields.next()) {
    if (fields.key() == bytes_key(1) && !read_trace_setting(fields.bytes(), changes)) return malformed();
    if (fields.key() == bytes_key(2)) model = fields.text();
  }
  if (fields.broken()) return malformed();
  if (!model.empty() && !parts_.service.versions(model)) return std::unexpected(Trace::unknown(model));
  if (!changes.empty()) {
    if (Status updated = parts_.trace->update(model, changes); !updated) return updated;
  }
  for (const auto& [name, values] : parts_.trace->values(model)) {
    write_setting(call.reply, name, [&] {
      for (const std::string& value : values) call.reply.always_text(1, value);
    });
  }
  return {};
}

Status Control::log_settings(const ControlCall& call) const {
  if (parts_.log == nullptr) {
    return fail(ErrorKind::unavailable, "the server does not support dynamic logging");
  }
  LogChange change;
  Fields fields(call.request);
  while (fields.next()) {
    if (fields.key() != bytes_key(1)) continue;
    LogValue value;
    if (!read_log_value(fields.bytes(), value)) return malformed();
    if (Status taken = take_log_value(value, change); !taken) return taken;
  }
  if (fields.broken()) return malformed();
  if (Status updated = parts_.log->update(change); !updated) return updated;
  const LogSettings now = parts_.log->settings();
  Writer& reply = call.reply;
  const auto flag = [&](std::string_view name, bool value) {
    write_setting(reply, name, [&] { reply.always_integer(1, value ? 1 : 0); });
  };
  const auto text = [&](std::string_view name, std::string_view value) {
    write_setting(reply, name, [&] { reply.always_text(3, value); });
  };
  text("log_file", "");
  flag("log_info", now.info);
  flag("log_warning", now.warning);
  flag("log_error", now.error);
  write_setting(reply, "log_verbose_level", [&] { reply.always_integer(2, now.verbose_level); });
  text("log_format", now.format);
  return {};
}

}  // namespace oree::oip
