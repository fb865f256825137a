// Events as rows that SQL can read: one column per field that any of them has.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/readings/bucket.h"
#include "platform/json/value.h"
#include "platform/sql/table.h"
#include "services/queries/streams/message.h"

namespace oree::queries::streams {

struct Event {
  readings::Micros time = 0;  // by TIMESTAMP BY, or when it arrived
  readings::Micros arrived = 0;
  uint64_t position = 0;
  std::shared_ptr<const json::Value> fields;  // an object
};

// The objects of a message; `invalid` when it is no JSON object or array of them.
Result<std::vector<Event>> read_events(const Message& message);

// `names` become columns also where no event has such a field; those do not come with *. "$time" is `time` of
// each event, or `window_end` when that is not zero, as ISO text.
Status add_event_table(sql::Database& database, const std::string& name, std::span<const Event> events,
                       std::span<const std::string> names, readings::Micros window_end);

}  // namespace oree::queries::streams
