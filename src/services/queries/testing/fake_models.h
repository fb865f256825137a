// Models for tests: functions of this program, by name; as bytes, their name as text.
#pragma once

#include <map>
#include <string>

#include "services/queries/models/model_source.h"

namespace oree::queries::testing {

class FakeModels final : public ModelSource {
 public:
  FakeModels();
  Result<std::shared_ptr<const inference::Model>> find(std::string_view name) override;
  Result<std::shared_ptr<const inference::Model>> load(ByteView file) override {
    ++loads;
    return find(as_text(file));
  }
  // "sum": [n, 2] → total [n, 1].  "two": inputs a, b [n, 1] → sum, product.  "echo3": windows [n, 3, 2]
  // halved.
  size_t runs() const;  // of all models together
  int loads = 0;

 private:
  std::map<std::string, std::shared_ptr<const inference::Model>, std::less<>> models_;
};

}  // namespace oree::queries::testing
