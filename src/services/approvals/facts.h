// What an authority knows about an order besides the proposal: what its evidence shows, and what it approved
// before. Values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace oree::approvals {

struct EvidencePart {
  std::string name;  // "window.json"
  std::string type;  // "application/json"
  uint64_t bytes = 0;
  std::string digest;
  bool operator==(const EvidencePart&) const = default;
};

struct SensorRange {  // over the rows of the window; values that did not come are left out
  std::string sensor;
  double low = 0;
  double high = 0;
  bool operator==(const SensorRange&) const = default;
};

// Read from evidence whose digests were all verified, and which says the same as the proposal.
struct Facts {
  std::string asset;
  std::string detector;
  std::string model;         // "" for none
  std::string model_digest;  // recomputed from the parts; "" when the evidence names none
  std::optional<double> score, threshold;
  std::vector<EvidencePart> parts;
  std::vector<SensorRange> sensors;
  bool operator==(const Facts&) const = default;
};

// An order this authority approved.
struct Past {
  std::string station;
  std::string asset;
  int64_t at = 0;  // Unix ms
};

}  // namespace oree::approvals
