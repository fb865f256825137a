// A Service over networks that a test gives it: runs them on the calling thread, at once. For testing
// dialects without a repository; load() and unload() only switch what find() sees.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "core/inference/service/service.h"

namespace oree::inference::testing {

class ModelService final : public Service {
 public:
  // The model serves as version 1 unless `description` says otherwise.
  void add(std::string name, std::unique_ptr<Model> model, int64_t max_batch_size = 0);
  void add(Description description, std::unique_ptr<Model> model, std::string config_json = "{}");

  Result<std::shared_ptr<Served>> find(std::string_view name, std::string_view version, Wait wait) override;
  Result<std::vector<std::string>> versions(std::string_view name) override;
  bool ready() const override { return true; }
  std::vector<IndexRow> index() const override;
  Status load(std::string_view name, const LoadRequest& request) override;
  Status unload(std::string_view name, bool with_dependents) override;
  Result<std::vector<ModelStatistics>> statistics(std::string_view name, std::string_view version) override;

  LoadRequest last_load;  // what load() was given

 private:
  struct Entry {
    std::shared_ptr<Served> served;
    bool loaded = true;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> models_;
};

}  // namespace oree::inference::testing
