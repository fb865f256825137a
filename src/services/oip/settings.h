// The routes of the trace and logging extensions.
#pragma once

#include "core/inference/service/service.h"
#include "platform/http/message.h"
#include "services/oip/log_switch.h"
#include "services/oip/trace.h"

namespace oree::oip {

class Settings {
 public:
  // `log` may be null: then logging cannot be changed.
  Settings(inference::Service& service, Trace& trace, LogSwitch* log)
      : service_(service), trace_(trace), log_(log) {}
  http::Response trace(const http::Request& request) const;
  http::Response update_trace(const http::Request& request) const;
  http::Response logging(const http::Request& request) const;
  http::Response update_logging(const http::Request& request) const;

 private:
  inference::Service& service_;
  Trace& trace_;
  LogSwitch* log_;
};

}  // namespace oree::oip
