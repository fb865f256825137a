#include <algorithm>
#include <array>
#include <fstream>

#include "base/clock.h"
#include "base/text.h"
#include "platform/json/value.h"
#include "services/detection/series/series.h"

namespace oree::detection {

namespace {

namespace fs = std::filesystem;

Result<std::string> read_text(const fs::path& path) {
  if (std::error_code failed; fs::exists(path, failed) && !fs::is_regular_file(path, failed))
    return fail(ErrorKind::invalid, cat(path.string(), " is no file"));
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorKind::not_found, cat("cannot read ", path.string()));
  std::string text;
  std::array<char, 1 << 16> piece{};
  while (file.read(piece.data(), piece.size()) || file.gcount() > 0)
    text.append(piece.data(), static_cast<size_t>(file.gcount()));
  if (file.bad()) return fail(ErrorKind::unavailable, cat("cannot read ", path.string()));
  return text;
}

Status label_from_beside(Series& series, const fs::path& file) {
  for (const fs::path& folder : {file.parent_path(), file.parent_path() / ".."}) {
    const fs::path windows = folder / "combined_windows.json";
    if (std::error_code none; !fs::exists(windows, none)) continue;
    const auto text = read_text(windows);
    if (!text) return forward(text);
    const auto status = label_with_nab_windows(series, *text);
    if (status || status.error().kind != ErrorKind::not_found) return status;
  }
  return {};
}

Result<Series> load_one(const fs::path& file) {
  const auto text = read_text(file);
  if (!text) return forward(text);
  auto series = parse_series(*text, file.filename().string());
  if (!series) return series;
  if (!series->labels.empty()) return series;
  if (auto status = label_from_beside(*series, file); !status) return forward(status);
  return series;
}

// "10.csv" after "9.csv".
bool by_number(const fs::path& a, const fs::path& b) {
  const auto x = parse_number<uint64_t>(a.stem().string()), y = parse_number<uint64_t>(b.stem().string());
  return x && y ? *x < *y : a < b;
}

}  // namespace

Status label_with_nab_windows(Series& series, std::string_view windows_json) {
  const auto root = json::parse(windows_json);
  if (!root) return forward(root, "combined_windows.json");
  const json::Object* files = root->object();
  if (!files) return fail(ErrorKind::invalid, "combined_windows.json: must be an object of files");
  const auto found = std::ranges::find_if(*files, [&](const json::Member& member) {
    return member.first == series.name || member.first.ends_with("/" + series.name);
  });
  if (found == files->end()) {
    return fail(ErrorKind::not_found, cat("combined_windows.json has no windows of ", series.name));
  }
  if (series.times.empty())
    return fail(ErrorKind::invalid, cat(series.name, " has no times to find windows by"));
  std::vector<WallTime> times;
  for (const auto& text : series.times) {
    const auto time = parse_iso(text);
    if (!time) return fail(ErrorKind::invalid, cat(series.name, ": '", text, "' is no time"));
    times.push_back(*time);
  }
  series.labels.assign(times.size(), 0);
  const json::Array* windows = found->second.array();
  if (!windows)
    return fail(ErrorKind::invalid, cat("combined_windows.json: ", found->first, " must be a list"));
  for (const auto& window : *windows) {
    const json::Array* ends = window.array();
    const bool whole = ends && ends->size() == 2 && (*ends)[0].text() && (*ends)[1].text();
    const auto from = whole ? parse_iso(*(*ends)[0].text()) : std::nullopt;
    const auto to = whole ? parse_iso(*(*ends)[1].text()) : std::nullopt;
    if (!from || !to) {
      return fail(ErrorKind::invalid,
                  cat("combined_windows.json: a window of ", found->first, " is no pair of times"));
    }
    for (size_t i = 0; i < times.size(); ++i) {
      if (times[i] >= *from && times[i] <= *to) series.labels[i] = 1;
    }
  }
  const auto first = std::ranges::find(series.labels, 1) - series.labels.begin();
  series.training_rows = std::min(series.training_rows, static_cast<size_t>(first));
  return {};
}

Result<std::vector<Series>> load_series(const fs::path& path) {
  std::vector<fs::path> files;
  std::error_code error;
  if (fs::is_directory(path, error)) {
    for (fs::directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
      if (at->path().extension() == ".csv") files.push_back(at->path());
    }
    if (files.empty()) return fail(ErrorKind::not_found, cat("there is no .csv in ", path.string()));
    std::ranges::sort(files, by_number);
  } else {
    files.push_back(path);
  }
  std::vector<Series> out;
  for (const fs::path& file : files) {
    auto series = load_one(file);
    if (!series) return forward(series);
    out.push_back(*std::move(series));
  }
  return out;
}

}  // namespace oree::detection
