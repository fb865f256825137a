// A module's output on disk: lines with their time, in files that are rotated, never more than a fixed size.
//
//   2026-11-30T00:15:47.826444Z o Loading model...Success!
//
// `o` is standard output, `e` standard error, `p` and `q` the same for a piece of a line that goes on. A line
// is cut at 16 KiB. While the disk is full lines are dropped and counted, and the module never waits for the
// disk; the count is written when there is room again. One writer; readers need no lock.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.h"
#include "platform/files/files.h"
#include "services/modules/log_query.h"

namespace oree::modules {

struct LogLimits {
  uint64_t bytes = 10'000'000;  // of one file
  int files = 3;
};

class LogFile {
 public:
  LogFile(files::Disk& disk, files::Path folder, LogLimits limits)
      : disk_(disk), folder_(std::move(folder)), limits_(limits) {}
  // Bytes as they came, `error` for standard error. What is no whole line yet waits for the rest of it.
  void write(bool error, std::string_view bytes, WallTime now);
  void finish(WallTime now);  // what waits is a line, too
  uint64_t dropped() const { return dropped_; }

 private:
  void line(bool error, bool whole, std::string_view text, WallTime now);
  bool append(const std::string& entry);
  void rotate();

  files::Disk& disk_;
  const files::Path folder_;
  const LogLimits limits_;
  std::unique_ptr<files::Appender> file_;
  std::string waiting_[2];
  uint64_t dropped_ = 0;
  bool torn_ = false;  // the last entry may be half there
};

// What the files in `folder` hold; an empty page where there are none.
Result<LogPage> read_log(files::Disk& disk, const files::Path& folder, const LogQuery& query);

}  // namespace oree::modules
