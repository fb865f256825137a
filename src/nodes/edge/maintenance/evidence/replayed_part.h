// One refused part of a run, judged again.
#pragma once

#include <string>

namespace oree::edge {

struct ReplayedPart {
  std::string item;
  std::string sealed, now;            // decisions: "KO"
  std::string sealed_reason, reason;  // of the step that decided
  bool alike = false;                 // every prediction is the one that was sealed, digit for digit
};

}  // namespace oree::edge
