// A network opened, prepared and looked at once, from which 8-bit variants are made as often as wanted: what
// the search and the sensitivity of layers share.
//
//   auto lab = Laboratory::open({model, data, {}}, backend, tell);
//   auto made = (*lab)->integers(calibration::Method::mse, {"conv1"});   // conv1 stays in float
//
// One thread. Borrows the backend.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "nodes/workshop/calibrate.h"
#include "nodes/workshop/dataset.h"
#include "services/calibration/ranges.h"
#include "services/quantisation/quantise.h"

namespace oree::workshop {

struct LaboratoryOptions {
  std::filesystem::path model, data;
  DatasetOptions dataset;
};

class Laboratory {
 public:
  // `work` is a folder for temporary files that exists; `tell` may be empty.
  static Result<std::unique_ptr<Laboratory>> open(const LaboratoryOptions& options,
                                                  inference::Backend& backend,
                                                  const std::filesystem::path& work,
                                                  const std::function<void(std::string_view)>& tell);

  const Network& network() const { return network_; }
  const Dataset& dataset() const { return *dataset_; }
  const graph::Model& prepared() const { return prepared_; }
  inference::Backend& backend() const { return backend_; }
  const std::filesystem::path& work() const { return work_; }

  // Outputs of the operators with weights, in the order of the graph: names for `kept`.
  const std::vector<std::string>& weighted() const { return weighted_; }
  // For this machine; `kept` stay in float. `unsupported` when nothing is left to quantise.
  Result<quantisation::Quantised> integers(calibration::Method method,
                                           const std::unordered_set<std::string>& kept) const;
  // The same of a network that differs from prepared() in its weights only.
  Result<quantisation::Quantised> integers_of(const graph::Model& model, calibration::Method method,
                                              const std::unordered_set<std::string>& kept) const;
  // The network from the work folder, stored and loaded again.
  Result<std::unique_ptr<inference::Model>> loaded(const graph::Model& model, int threads) const;

 private:
  Laboratory(inference::Backend& backend, std::filesystem::path work)
      : backend_(backend), work_(std::move(work)) {}

  inference::Backend& backend_;
  std::filesystem::path work_;
  Network network_;
  std::optional<Dataset> dataset_;
  graph::Model prepared_;
  Observations observations_;
  std::vector<std::string> weighted_;
};

}  // namespace oree::workshop
