// The search for the ways of making a network that nothing beats, on this machine, with these samples.
//
// Everything that is measured is in OUT/search.json at once, so a search that was stopped goes on where it
// was; one of another network, other samples, another machine or another space is refused (`conflict`). At
// its end the networks of the front are built again, must be the very bytes that were measured, and are
// written to OUT/front. docs/formats/search.md.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "nodes/workshop/studies/trials.h"
#include "platform/json/value.h"

namespace oree::workshop {

enum class Preference { balance, accuracy, speed, size };

struct SearchOptions {
  LaboratoryOptions lab;
  std::filesystem::path out;
  size_t budget = 0;  // trials, those of before included; 0: 5 % of the space, at least each choice once
  size_t groups = 6;
  unsigned cores = 1;
  double seconds = 0.15;  // of timing, for each trial
  Preference preference = Preference::balance;
  double least_kept = 0.95;  // of accuracy: what the pick must have
};

struct SearchTools {
  inference::Backend& backend;                            // that all is held against
  std::filesystem::path work;                             // a folder for temporary files that exists
  std::string machine;                                    // "AMD EPYC (vnni)"
  std::function<void(std::string_view)> tell;             // one line of progress; may be empty
  std::function<void(const json::Value&)> on_trial = {};  // the record so far
  std::vector<inference::Backend*> others = {};           // runtimes that are tried as well
};

struct SearchOutcome {
  json::Value record;                        // what stands in search.json
  std::vector<std::filesystem::path> files;  // of the front, fastest first
  size_t measured = 0, known = 0;            // trials of this call, and of those before
};
Result<SearchOutcome> search_front(const SearchOptions& options, const SearchTools& tools);

}  // namespace oree::workshop
