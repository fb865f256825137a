// What a machine's chart shows for a range of time and a number of points: each sensor at the level that
// fits, gaps as nulls, the score beside it.
#pragma once

#include <string>
#include <vector>

#include "core/readings/store.h"
#include "nodes/edge/telemetry/machine_board.h"
#include "platform/json/value.h"

namespace oree::edge {

// Series whose sensor begins with this are scores of a detector, not sensors.
inline constexpr std::string_view kScorePrefix = "score:";
inline constexpr std::string_view kThresholdPrefix = "threshold:";

struct ChartQuery {
  std::string machine;
  readings::Range range;
  size_t points = 600;
  std::vector<std::string> sensors;  // empty: all
};

// {"from","to","resolution","sensors":[…],"score":{…}|null}. `not_found` for a machine without series.
Result<json::Object> chart(readings::View& view, const ChartQuery& query, const MachineBoard& board);

}  // namespace oree::edge
