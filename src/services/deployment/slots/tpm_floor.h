// A floor that this box's TPM holds: a counter of its NV memory, and marks by a key that is derived from the
// one that opens sealed models.
#pragma once

#include <memory>

#include "core/sealing/key_source.h"
#include "core/sealing/tpm/counter.h"
#include "platform/config/node.h"
#include "services/deployment/slots/floor.h"

namespace oree::deployment {

struct FloorSettings {
  uint32_t index = 0;  // of NV memory
  uint64_t from = 0;   // what the counter said when the floor was begun
  std::string tcti;
  bool required = false;
};
Result<FloorSettings> parse_floor(const config::Node& node);

class TpmFloor final : public Floor {
 public:
  TpmFloor(FloorSettings settings, std::shared_ptr<sealing::KeySource> key)
      : settings_(std::move(settings)), counter_(settings_.index, settings_.tcti), key_(std::move(key)) {}

  Result<uint64_t> value() override { return counter_.value(); }
  Result<uint64_t> raise() override { return counter_.raise(); }
  Result<std::string> mark_of(std::string_view text) override;
  uint64_t first() const override { return settings_.from; }
  bool is_required() const override { return settings_.required; }
  std::string name() const override { return counter_.name(); }

 private:
  const FloorSettings settings_;
  const sealing::TpmCounter counter_;
  const std::shared_ptr<sealing::KeySource> key_;
  std::optional<crypto::SecretKey> own_;  // derived once: a TPM that is busy later does not hold up a note
};

}  // namespace oree::deployment
