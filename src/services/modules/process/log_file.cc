#include "services/modules/process/log_file.h"

#include <algorithm>
#include <deque>

#include "base/text.h"

namespace oree::modules {
namespace {

constexpr size_t kLongestLine = 16 << 10;
constexpr uint64_t kMostRead = 64u << 20;
constexpr int kMostFiles = 100;
constexpr size_t kStamp = 27;  // 2026-11-30T00:15:47.826444Z

files::Path file_at(const files::Path& folder, int number) {
  return folder / (number == 0 ? std::string("log") : cat("log.", number));
}

struct Entry {
  std::string_view stamp;
  std::string_view text;
  bool whole = true;
};

// Nothing for what is no entry: half a line that a full disk left.
std::optional<Entry> parse_entry(std::string_view line) {
  if (line.size() < kStamp + 3 || line[kStamp] != ' ' || line[kStamp + 2] != ' ' || line[kStamp - 1] != 'Z')
    return std::nullopt;
  const char kind = line[kStamp + 1];
  if (kind != 'o' && kind != 'e' && kind != 'p' && kind != 'q') return std::nullopt;
  return Entry{line.substr(0, kStamp), line.substr(kStamp + 3), kind == 'o' || kind == 'e'};
}

}  // namespace

void LogFile::write(bool error, std::string_view bytes, WallTime now) {
  std::string& waiting = waiting_[error ? 1 : 0];
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    const size_t room = kLongestLine - waiting.size();
    const size_t taken = std::min({end == std::string_view::npos ? bytes.size() : end, room, bytes.size()});
    waiting += bytes.substr(0, taken);
    bytes.remove_prefix(taken);
    const bool whole = !bytes.empty() && bytes.front() == '\n';
    if (!whole && waiting.size() < kLongestLine) return;
    if (whole) bytes.remove_prefix(1);
    line(error, whole, waiting, now);
    waiting.clear();
  }
}

void LogFile::finish(WallTime now) {
  for (const bool error : {false, true}) {
    if (!waiting_[error].empty()) line(error, true, waiting_[error], now);
    waiting_[error].clear();
  }
}

void LogFile::line(bool error, bool whole, std::string_view text, WallTime now) {
  const char kind = error ? (whole ? 'e' : 'q') : (whole ? 'o' : 'p');
  std::string entry = cat(iso_text(now), " ", kind, " ", text, "\n");
  if (dropped_ > 0) {
    const std::string note = cat(iso_text(now), " e (", dropped_, " lines were lost: no room on disk)\n");
    if (!append(note)) {
      ++dropped_;
      return;
    }
    dropped_ = 0;
  }
  if (!append(entry)) ++dropped_;
}

bool LogFile::append(const std::string& entry) {
  if (file_ && file_->size() + entry.size() > limits_.bytes) rotate();
  if (!file_) {
    auto opened = disk_.open_append(file_at(folder_, 0), std::nullopt);
    if (!opened) return false;
    file_ = std::move(*opened);
    if (file_->size() + entry.size() > limits_.bytes) {
      rotate();
      if (auto fresh = disk_.open_append(file_at(folder_, 0), std::nullopt)) file_ = std::move(*fresh);
      if (!file_) return false;
    }
  }
  const std::string bytes = torn_ ? cat("\n", entry) : entry;
  if (file_->append(as_bytes(bytes))) {
    torn_ = false;
    return true;
  }
  torn_ = true;
  file_.reset();
  return false;
}

void LogFile::rotate() {
  file_.reset();
  (void)disk_.remove(file_at(folder_, limits_.files - 1));
  for (int i = limits_.files - 2; i >= 0; --i)
    (void)disk_.rename(file_at(folder_, i), file_at(folder_, i + 1));
}

Result<LogPage> read_log(files::Disk& disk, const files::Path& folder, const LogQuery& query) {
  std::vector<std::string> texts;
  for (int i = kMostFiles - 1; i >= 0; --i) {
    const auto bytes = disk.read(file_at(folder, i), kMostRead);
    if (bytes) texts.emplace_back(as_text(*bytes));
    if (!bytes && bytes.error().kind != ErrorKind::not_found) return forward(bytes);
  }
  // A cursor is the stamp of the last line and how many of that stamp were told.
  const std::string_view after = std::string_view(query.after).substr(0, kStamp);
  const size_t told = query.after.size() > kStamp + 1
                          ? parse_number<size_t>(std::string_view(query.after).substr(kStamp + 1)).value_or(0)
                          : 0;
  const std::string since = query.since ? iso_text(*query.since) : "";
  const std::string until = query.until ? iso_text(*query.until) : "";
  std::deque<Entry> kept;
  std::string_view last_stamp;
  size_t of_stamp = 0;
  for (const auto& text : texts) {
    size_t begin = 0;
    for (size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
      const auto entry = parse_entry(std::string_view(text).substr(begin, end - begin));
      if (!entry) continue;
      of_stamp = entry->stamp == last_stamp ? of_stamp + 1 : 1;
      last_stamp = entry->stamp;
      if (!after.empty() && (entry->stamp < after || (entry->stamp == after && of_stamp <= told))) continue;
      if (!since.empty() && entry->stamp < since) continue;
      if (!until.empty() && entry->stamp >= until) continue;
      kept.push_back(*entry);
      if (after.empty() && query.tail && kept.size() > *query.tail) kept.pop_front();
    }
  }
  LogPage page{.cursor = query.after};
  for (const auto& entry : kept) page.text += cat(entry.text, entry.whole ? "\n" : "");
  if (!last_stamp.empty()) page.cursor = cat(last_stamp, ".", of_stamp);
  return page;
}

}  // namespace oree::modules
