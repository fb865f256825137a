// A reader over a LogStream: walks through one segment in memory after the other.
#pragma once

#include "core/stream/log_stream.h"

namespace oree::stream {

class LogReader final : public Reader {
 public:
  LogReader(LogStream& stream, Position from) : stream_(stream), next_(from < 1 ? 1 : from) {}
  Result<Entry> next() override;
  void seek(Position next) override;

 private:
  std::optional<Result<Entry>> step();
  Error lose(Position until);

  LogStream& stream_;
  Position next_;
  Window window_;
  bool located_ = false;  // window_.offset is at or before next_
};

}  // namespace oree::stream
