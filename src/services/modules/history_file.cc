#include "services/modules/history_file.h"

#include "platform/json/value.h"

namespace oree::modules {

Status store_history(files::Disk& disk, const files::Path& file, const Histories& histories) {
  json::Object all;
  for (const auto& [name, history] : histories) {
    all.emplace_back(name,
                     json::Object{{"restarts", history.restarts},
                                  {"condemned", history.condemned},
                                  {"wanted_stop", history.wanted_stop},
                                  {"failed_starts", history.failed_starts},
                                  {"last_failed_start", history.last_failed_start.time_since_epoch().count()},
                                  {"error", history.error}});
  }
  return disk.write(file, as_bytes(json::print(all, 1)));
}

Result<Histories> load_history(files::Disk& disk, const files::Path& file) {
  const auto bytes = disk.read(file, 16u << 20);
  if (!bytes && bytes.error().kind == ErrorKind::not_found) return Histories{};
  if (!bytes) return forward(bytes);
  const auto value = json::parse(as_text(*bytes));
  if (!value) return forward(value, file.string());
  Histories out;
  if (value->object() == nullptr) return out;
  for (const auto& [name, one] : *value->object()) {
    const auto number = [&](std::string_view key) {
      const auto* found = one.find(key);
      return found == nullptr ? int64_t{0} : found->integer().value_or(0);
    };
    const auto flag = [&](std::string_view key) {
      const auto* found = one.find(key);
      return found != nullptr && found->boolean() != nullptr && *found->boolean();
    };
    const auto* error = one.find("error");
    out[name] = {.restarts = static_cast<int>(number("restarts")),
                 .condemned = flag("condemned"),
                 .wanted_stop = flag("wanted_stop"),
                 .failed_starts = static_cast<int>(number("failed_starts")),
                 .last_failed_start = WallTime(microseconds(number("last_failed_start"))),
                 .error = error != nullptr && error->text() != nullptr ? *error->text() : ""};
  }
  return out;
}

}  // namespace oree::modules
