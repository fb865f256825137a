// Events as rows that SQL can read: one column per field that any of them has.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "platform/json/value.h"
#include "platform/sql/table.h"
#include "services/jobs/language.h"
#include "services/jobs/message.h"

namespace oree::jobs {

struct Event {
  Micros time = 0;  // by TIMESTAMP BY, or when it arrived
  Micros arrived = 0;
  uint64_t position = 0;
  std::shared_ptr<const json::Value> fields;  // an object
  std::string key;                            // of its session
  std::vector<std::string> anomalies;         // what was found of it, "" for nothing
};

// The objects of a message; `invalid` when it is no JSON object or array of them.
Result<std::vector<Event>> read_events(const Message& message);

struct EventTable {
  std::span<const std::string>
      names;              // columns also where no event has such a field; they do not come with *
  size_t anomalies = 0;   // "$anomaly0" … of each event, which do not come with * either
  Micros window_end = 0;  // zero: "$time" is the time of each event, as ISO text
};
Status add_event_table(sql::Database& database, const std::string& name, std::span<const Event> events,
                       const EventTable& table);

}  // namespace oree::jobs
