#include "services/events/sinks/flag_file.h"

#include <map>

#include "base/text.h"
#include "platform/config/node.h"

namespace oree::events {
namespace {

constexpr uint64_t kMostFlag = 1 << 20;
constexpr size_t kMostName = 128;

// Nothing: there is none, or none that can be read, which is then replaced.
std::optional<WallTime> time_in(const Result<ByteBuffer>& flag) {
  if (!flag) return std::nullopt;
  const auto value = json::parse(as_text(*flag));
  const auto* time = value ? value->find("time") : nullptr;
  return time != nullptr && time->text() != nullptr ? parse_iso(*time->text()) : std::nullopt;
}

// The schedule knows statuses: a key that is refused waits longer than a service that is away, and a name
// that is none is given up.
Outcome outcome_of_put(const Error& error) {
  Outcome outcome = outcome_of(error);
  if (error.kind == ErrorKind::denied) outcome.status = 403;
  if (error.kind == ErrorKind::busy) outcome.status = 503;
  if (error.kind == ErrorKind::not_found) outcome.status = 404;
  return outcome;
}

}  // namespace

std::string flag_name(std::string_view subject) {
  std::string id(subject.substr(subject.rfind('/') + 1).substr(0, kMostName));
  for (char& c : id) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    if (!plain) c = '_';
  }
  return cat(id.empty() ? "_" : id, ".json");
}

// The flag as it stands afterwards.
Result<std::string> FlagFile::keep(const Event& event, const std::string& name) {
  const auto file = settings_.folder / name;
  const auto kept = disk_.read(file, kMostFlag);
  if (!kept && kept.error().kind != ErrorKind::not_found && kept.error().kind != ErrorKind::invalid)
    return forward(kept);
  if (const auto time = time_in(kept); time && *time > event.time) return std::string(as_text(*kept));
  std::string text = cat(json::print(cloud_event_json(event), 2), "\n");
  if (auto made = disk_.make_folder(settings_.folder); !made) return forward(made);
  if (auto written = disk_.write(file, as_bytes(text)); !written) return forward(written);
  return text;
}

Outcome FlagFile::deliver(std::span<const Event> events) {
  std::map<std::string, std::string> flags;
  for (const Event& event : events) {
    const std::string name = flag_name(event.subject);
    auto kept = keep(event, name);
    if (!kept) return outcome_of(kept.error());
    flags[name] = *std::move(kept);
  }
  const Outcome done{.status = 200, .what = "", .timed_out = false, .retry_after = {}};
  if (settings_.azure_file.empty()) return done;
  // A secret that somebody mends is taken without a restart, so its absence is tried again, too.
  const auto text = config::load_text(settings_.azure_file.string());
  const auto account = text ? targets::parse_connection_string(*text) : forward(text);
  if (!account)
    return {.status = 0,
            .what = cat(settings_.azure_file.string(), ": ", account.error().what),
            .timed_out = false,
            .retry_after = {}};
  targets::AzureContainer container(*account, settings_.container, clock_);
  for (const auto& [name, content] : flags) {
    if (const auto put = container.put(cat("flags/", name), content, "application/json"); !put)
      return outcome_of_put(put.error());
  }
  return done;
}

}  // namespace oree::events
