// Counts cheats by their kind: tried, noticed, located. For tests that cheat many times; OREE_CHEAT_TABLE
// names a file to which each such test appends its lines, "kind \t tried \t noticed \t located", for
// bench/orders.
#pragma once

#include <cstdlib>
#include <fstream>
#include <map>
#include <string>

namespace oree::testing {

class Cheats {
 public:
  struct Count {
    int tried = 0, noticed = 0, located = 0;
  };
  void note(const std::string& kind, bool noticed, bool located) {
    Count& count = counts_[kind];
    ++count.tried;
    if (noticed) ++count.noticed;
    if (noticed && located) ++count.located;
  }
  const std::map<std::string, Count>& counts() const { return counts_; }

  void print() const {
    const char* file = std::getenv("OREE_CHEAT_TABLE");
    if (file == nullptr) return;
    std::ofstream out(file, std::ios::app);
    for (const auto& [kind, count] : counts_)
      out << kind << '\t' << count.tried << '\t' << count.noticed << '\t' << count.located << '\n';
  }

 private:
  std::map<std::string, Count> counts_;
};

}  // namespace oree::testing
