#include "core/manifest/findings.h"

#include <algorithm>
#include <tuple>

#include "base/text.h"

namespace oree::manifest {
namespace {

constexpr size_t kMostMistakes = 100;

// As the documentation writes it, without what is the same everywhere.
std::string path_text(const std::vector<std::string>& path) {
  std::string out;
  for (const auto& key : path) {
    if (key == "content" || key == "modulesContent" || key == "properties.desired") continue;
    const std::string_view shown = std::string_view(key).substr(0, 80);
    out += cat(out.empty() ? "" : ".", shown);
  }
  return out.empty() ? "" : out + ": ";
}

}  // namespace

Spot Spot::at(const std::string& key, const json::Value& member) const {
  Spot out{&member, path};
  out.path.push_back(key);
  return out;
}

std::string found_text(const json::Value& value) {
  if (const auto* text = value.text())
    return cat("'", std::string_view(*text).substr(0, 60), text->size() > 60 ? "…'" : "'");
  if (value.is_null()) return "null";
  if (value.array() != nullptr) return "a list";
  if (value.object() != nullptr) return "an object";
  return json::print(value);
}

void Findings::mistake(const Spot& spot, std::string what, ErrorKind kind) {
  if (mistakes_.empty()) kind_ = kind;
  if (kind == ErrorKind::invalid) kind_ = kind;
  if (mistakes_.size() >= kMostMistakes) return;
  const auto place = place_of(text_, spot.path);
  mistakes_.push_back({place.line, place.column, path_text(spot.path) + std::move(what)});
}

const json::Value* Findings::required(const Spot& object, const std::string& key) {
  const json::Value* found = object.value->find(key);
  if (found == nullptr) mistake(object, cat("'", key, "' is missing"));
  return found;
}

bool Findings::object(const Spot& spot) {
  if (spot.value->object() != nullptr) return true;
  mistake(spot, cat("must be an object, got ", found_text(*spot.value)));
  return false;
}

std::string Findings::text(const Spot& spot) {
  if (const auto* text = spot.value->text()) return *text;
  mistake(spot, cat("must be text, got ", found_text(*spot.value)));
  return "";
}

std::optional<int64_t> Findings::whole(const Spot& spot, int64_t low, int64_t high) {
  const auto number = spot.value->integer();
  if (number && *number >= low && *number <= high) return number;
  mistake(spot, cat("must be a whole number from ", low, " to ", high, ", got ", found_text(*spot.value)));
  return std::nullopt;
}

size_t Findings::choice(const Spot& spot, std::span<const std::string> words) {
  const auto* text = spot.value->text();
  const auto found = text == nullptr ? words.end() : std::ranges::find(words, *text);
  if (found != words.end()) return static_cast<size_t>(found - words.begin());
  const std::string all =
      words.size() < 2 ? words.front() : cat(join(words.first(words.size() - 1), ", "), " or ", words.back());
  mistake(spot, cat("must be ", all, ", got ", found_text(*spot.value),
                    text == nullptr ? "" : did_you_mean(*text, words)));
  return 0;
}

void Findings::only(const Spot& object, std::span<const std::string> allowed) {
  for (const auto& [key, value] : *object.value->object()) {
    if (std::ranges::find(allowed, key) == allowed.end())
      mistake(object.at(key, value), cat("is not known here", did_you_mean(key, allowed)));
  }
}

Status Findings::finish() const {
  if (mistakes_.empty()) return {};
  auto sorted = mistakes_;
  std::ranges::stable_sort(sorted, {}, [](const Mistake& m) { return std::tie(m.line, m.column); });
  std::vector<std::string> lines;
  for (const auto& m : sorted) lines.push_back(cat(file_, ":", m.line, ":", m.column, ": ", m.text));
  return fail(kind_, join(lines, "\n"));
}

}  // namespace oree::manifest
