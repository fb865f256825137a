// Packages from the hub: indexes that TUF vouches for, and blobs that go on where they were cut.
#pragma once

#include <functional>

#include "services/deployment/agent/hub_client.h"
#include "services/deployment/installer.h"

namespace oree::deployment {

struct HubSourceWorld {
  HubClient& hub;
  files::Disk& disk;
  Clock& clock;
  files::Path trust;                          // folder of what TUF trusts
  const http::Interrupt& interrupt;           // ends what is under way
  milliseconds silence{30'000};               // of a line that is dead
  std::function<void(const Error&)> refused;  // what is not vouched for, for the report
  std::function<void()> denied;               // the access token is over
};

class HubSource final : public Source {
 public:
  explicit HubSource(HubSourceWorld world) : world_(std::move(world)) {}
  Result<ByteBuffer> index(const Unit& unit) override;
  Status fetch(PartFile& part, const std::function<void(uint64_t)>& arrived) override;

 private:
  HubSourceWorld world_;
};

// The beginning of trust, from enrolment. `denied` unless it is this root: `expected` is 64 hex digits, ""
// for none.
Status trust_root(files::Disk& disk, const files::Path& folder, ByteView root, std::string_view expected);

}  // namespace oree::deployment
