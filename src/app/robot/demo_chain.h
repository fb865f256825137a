// A chain of one node for the demo: anvil, started beside the station, with the orders' contract on it and
// keys for everybody. anvil comes from `npm --prefix contracts ci`, or is the one that OREE_ANVIL names.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace oree::app {

class DemoChain {
 public:
  // Keys are put into `folder`. `not_found` when there is no anvil; says how to get it.
  static Result<std::unique_ptr<DemoChain>> start(const std::filesystem::path& folder,
                                                  const std::vector<std::string>& authorities,
                                                  unsigned quorum, const Clock& clock);
  ~DemoChain();
  // The `ethereum:` block of a settings file of `who`: "station" or an authority.
  std::string settings(const std::string& who) const;

 private:
  DemoChain() = default;
  Status launch(const std::filesystem::path& binary);
  Status prepare(const std::filesystem::path& folder, const std::vector<std::string>& authorities,
                 unsigned quorum, const Clock& clock);
  int child_ = -1;
  int output_ = -1;
  std::string rpc_, contract_;
  uint64_t chain_id_ = 0, block_ = 0;
  std::filesystem::path folder_;
};

}  // namespace oree::app
