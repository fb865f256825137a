#include "services/oip/log_switch.h"

#include "base/text.h"

namespace oree::oip {

void LogSwitch::write(LogLevel level, std::string_view sentence) {
  const bool on = level == LogLevel::debug     ? verbose_level_ > 0
                  : level == LogLevel::info    ? info_.load()
                  : level == LogLevel::warning ? warning_.load()
                                               : error_.load();
  if (on) out_.write(level, sentence);
}

LogSettings LogSwitch::settings() const {
  return {info_, warning_, error_, verbose_level_, iso8601_ ? "ISO8601" : "default"};
}

Status LogSwitch::update(const LogChange& change) {
  if (change.file && !change.file->empty())
    return fail(ErrorKind::unsupported, "log file location can not be updated through network protocol");
  if (change.format && *change.format != "ISO8601" && *change.format != "default")
    return fail(ErrorKind::unavailable, cat("invalid argument for --log_format, got: ", *change.format));
  if (change.info) info_ = *change.info;
  if (change.warning) warning_ = *change.warning;
  if (change.error) error_ = *change.error;
  if (change.format) iso8601_ = *change.format == "ISO8601";
  if (change.verbose_level) verbose_level_ = *change.verbose_level;
  return {};
}

}  // namespace oree::oip
