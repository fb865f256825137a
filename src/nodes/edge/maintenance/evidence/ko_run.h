// Watches verdicts as they fall: so many refused among the newest so many is a run. Pure; one for each rule.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace oree::edge {

// A run of refused parts: enough to name them; what is sealed is read from the store (ko_evidence.h).
struct KoSighting {
  std::string id;  // of the newest item
  std::string asset;
  int count = 0, of = 0;           // so many of so many were refused
  int asked_of = 0;                // among so many they were looked for
  std::vector<std::string> items;  // refused, newest first; the newest hundred of a long run
  std::vector<std::string> labels;
  std::vector<std::string> models;  // that judged them: "ducks/1", sorted
  WallTime started;
};

class KoRun {
 public:
  KoRun(std::string asset, int count, int of) : asset_(std::move(asset)), count_(count), of_(of) {}

  struct Part {
    std::string item;
    bool refused = false;
    std::vector<std::string> labels;
    std::vector<std::string> models;
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
