// How much of the answers each layer costs when it alone computes in 8 bits: what to leave in float first.
#pragma once

#include <string>
#include <vector>

#include "nodes/workshop/studies/laboratory.h"
#include "platform/json/value.h"

namespace oree::workshop {

struct Sensitivity {
  std::string node, op, output;
  double sqnr_db = 0;    // of the network's answers: signal over what this layer adds as noise
  double agreement = 1;  // share of samples whose best class (or values) stay
  std::string why_not;   // it was not measured
};

// Most sensitive first. Each layer is made, stored, loaded and run with the first `samples` to judge by.
Result<std::vector<Sensitivity>> sensitivities(const Laboratory& lab, size_t samples,
                                               const std::function<void(std::string_view)>& tell);

json::Value to_json(const std::vector<Sensitivity>& layers);

}  // namespace oree::workshop
