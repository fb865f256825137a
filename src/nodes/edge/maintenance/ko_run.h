// Watches verdicts as they fall: so many refused among the newest so many is a run. Pure; one for each rule.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "nodes/edge/maintenance/sighting.h"

namespace oree::edge {

class KoRun {
 public:
  KoRun(std::string asset, int count, int of) : asset_(std::move(asset)), count_(count), of_(of) {}

  struct Part {
    std::string item;
    bool refused = false;
    std::vector<std::string> labels;
    WallTime at;
  };
  // The run, when this part makes one: then counting begins anew.
  std::optional<KoSighting> note(Part part);

 private:
  const std::string asset_;
  const int count_, of_;
  std::deque<Part> newest_;  // oldest first
  int refused_ = 0;
};

}  // namespace oree::edge
