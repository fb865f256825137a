#include "core/package/history.h"

#include "base/text.h"
#include "core/package/package_file.h"
#include "platform/files/files.h"
#include "platform/json/value.h"

namespace oree::package {
namespace {

constexpr uint64_t kMaxText = 4u << 20;

std::string text_at(const json::Value& object, std::string_view key) {
  const json::Value* found = object.find(key);
  return found == nullptr || found->text() == nullptr ? "" : *found->text();
}

}  // namespace

std::string print(const Event& event) {
  return json::print(json::Object{
      {"at", iso_text(event.at)}, {"what", event.what}, {"by", event.by}, {"digest", event.digest}});
}

std::vector<Event> parse_history(std::string_view text) {
  std::vector<Event> out;
  for (const std::string_view line : split(text, '\n')) {
    const auto tree = json::parse(line);
    if (!tree) continue;
    const auto at = parse_iso(text_at(*tree, "at"));
    const std::string what = text_at(*tree, "what");
    if (at && !what.empty()) out.push_back({*at, what, text_at(*tree, "by"), text_at(*tree, "digest")});
  }
  return out;
}

Status append_history(const std::filesystem::path& folder, const Event& event) {
  files::RealDisk disk;
  auto file = disk.open_append(folder / kHistoryFile, std::nullopt);
  if (!file) return forward(file);
  if (auto written = (*file)->append(as_bytes(print(event) + "\n")); !written) return written;
  return (*file)->sync();
}

std::vector<Event> load_history(const std::filesystem::path& folder) {
  files::RealDisk disk;
  const auto text = disk.read(folder / kHistoryFile, kMaxText);
  return text ? parse_history(as_text(*text)) : std::vector<Event>{};
}

}  // namespace oree::package
