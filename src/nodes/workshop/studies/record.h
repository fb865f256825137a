// A search as the file says it: what is searched, and every trial. docs/formats/search.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nodes/workshop/studies/trials.h"

namespace oree::workshop {

struct SearchRecord {
  std::string model, model_digest, data, data_digest, machine, runtime;
  search::Space space;
  search::Objectives reference;
  Baseline baseline;
  size_t budget = 0;
  std::vector<Trial> trials;

  // All that must be the same for a search to go on; "" when it is, else what differs.
  std::string differs_from(const SearchRecord& other) const;
  std::vector<search::Objectives> objectives() const;
  std::vector<size_t> front() const;  // indices of trials, fastest first
};

// A way in words: "8 bits, layers 1-2 in float, ranges by mse, 2 threads".
std::string words_of(const search::Space& space, const search::Point& point);

// With front and hypervolume after each trial; `pick` is an index of a trial, or -1.
json::Value to_json(const SearchRecord& record, int pick);
// `corrupt` for what is no such record, with what is wrong in it.
Result<SearchRecord> parse_search(std::string_view text);

}  // namespace oree::workshop
