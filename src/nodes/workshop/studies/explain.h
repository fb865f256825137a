// What is wrong with a network, a run or a message: each finding with its cause and its repair
// (services/diagnosis). Looks, runs nothing but one inference, changes nothing.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/inference/model.h"
#include "platform/json/value.h"
#include "services/diagnosis/faults.h"

namespace oree::workshop {

struct Finding {
  const diagnosis::Fault* fault = nullptr;  // nullptr: a fact without a row, which says all itself
  std::string where;                        // node, gate, file; may be ""
  std::string evidence;                     // what was seen
  std::string cause, repair, command;       // the row's, or more exact ones
};

struct Explanation {
  std::string what;  // "a network", "a certificate", "a run", "a search", "a message"
  std::vector<Finding> findings;
  std::vector<std::string> good;  // what was looked at and found well
};

// A network (.onnx, .tflite, package), a certificate, what `run --json` or `search` wrote, the folder of a
// run, or a text with messages. `not_found` when there is nothing at `path`.
Result<Explanation> explain(const std::filesystem::path& path, inference::Backend& backend);
Explanation explain_message(std::string_view text);

json::Value to_json(const Explanation& explanation);

}  // namespace oree::workshop
