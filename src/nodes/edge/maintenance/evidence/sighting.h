// What made an order, copied at the moment it happened: enough to seal the evidence and to judge again.
// Values.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "nodes/edge/settings/telemetry_fields.h"
#include "platform/json/value.h"
#include "services/detection/watching/watch.h"
#include "services/orders/evidence.h"

namespace oree::edge {

struct AnomalySighting {
  std::string id, machine;
  WallTime started;
  detection::Score score;  // of the last row
  std::vector<std::string> columns;
  std::vector<double> values;  // rows, the judged window last
  size_t window = 0;
  detection::Learnt learnt;  // of a detector that learnt on the spot
  DetectorSetting setting;
  std::vector<std::pair<WallTime, double>> scores;  // newest last
};

// "robot-lstm/1", from the folder of a trained network; "" for a detector that learns on the spot.
std::string model_name(const DetectorSetting& setting);

AnomalySighting sighting_of(const detection::Anomaly& anomaly, const detection::Trace& trace,
                            const DetectorSetting& setting);

// An order's cause as the API shows it.
json::Value cause_json(const AnomalySighting& seen);

// What is sealed: facts of the manifest, and the parts.
struct DataSet {
  json::Object facts;
  std::vector<orders::PartBytes> parts;
};
// One digest for all the files of a model, as the authorities compute it: over names and digests of the
// parts.
std::string model_digest_of(std::span<const orders::PartBytes> parts);
// Reads the network's files, which go along: the model itself is part of the evidence.
Result<DataSet> data_set(const AnomalySighting& seen);

}  // namespace oree::edge
