// Asks the station as anybody would, and notes in the timeline what has happened.
#pragma once

#include <string>

#include "app/robot/timeline.h"
#include "platform/http/client.h"
#include "platform/json/value.h"

namespace oree::app {

class Look {
 public:
  // `bad_ms`: when the first bad reading is, in the robots' time.
  Look(std::string url, Timeline& timeline, const Clock& clock, int64_t bad_ms)
      : url_(std::move(url)), timeline_(timeline), clock_(clock), bad_ms_(bad_ms) {}

  Status once();
  bool false_alarm() const { return false_alarm_; }
  const std::string& sentence() const { return sentence_; }  // of the anomaly
  const json::Value& order() const { return order_; }
  std::string summary() const;                                 // of the order, in a line
  const std::string& complaint() const { return complaint_; }  // what should not be; "" when all is well

 private:
  Result<std::string> get(const std::string& path);
  Status look_at_machine();
  void look_at_scores(const json::Value& detector);
  void look_at_anomaly(const json::Value& anomaly);
  Status look_at_orders();
  void look_at_approvals(const json::Value& order);
  void look_at_history(const json::Value& order);
  Status see_as_technician(const std::string& id);
  Status verify_as_technician(const std::string& id);
  void note(Timeline::Hop hop) { timeline_.note(hop, clock_.mono()); }
  // When something was written down, on the clock of this process.
  MonoTime mono_of(int64_t wall_ms) const;

  const std::string url_;
  Timeline& timeline_;
  const Clock& clock_;
  const int64_t bad_ms_;
  http::Client client_;
  bool false_alarm_ = false;
  std::string sentence_, complaint_;
  json::Value order_;
};

}  // namespace oree::app
