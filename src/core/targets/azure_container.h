// One container of Azure Blob Storage, over its REST interface. Made when it is missing and the account may.
//
//   AzureContainer flags(*parse_connection_string(text), "orders", clock);
//   const auto etag = flags.put("flags/019a.json", "{…}", "application/json");
//
// Content carries its MD5, so that the service refuses what was damaged on its way, and says back which
// content it keeps. Putting the same twice is the same as once. Not thread-safe; blocks up to `deadline`,
// twice that when the container has to be made.
#pragma once

#include <string>
#include <string_view>

#include "core/targets/azure_account.h"

namespace oree::targets {

// 3 to 63 lower-case letters, digits and single '-'. `invalid`
Status check_container_name(std::string_view name);

class AzureContainer {
 public:
  AzureContainer(AzureAccount account, std::string container, const Clock& clock,
                 milliseconds deadline = milliseconds(30'000));

  // The blob's ETag. `name`: letters, digits, '.', '_', '-' and '/'. `denied` (key, signature, clock),
  // `busy` (asked to slow down), `unavailable`, `timeout`, `invalid`; with the service's own word for it.
  Result<std::string> put(std::string_view name, std::string_view content, std::string_view type);

 private:
  struct Answer {
    int status = 0;
    std::string code;  // "ContainerNotFound"
    std::string etag, md5;
  };
  Result<Answer> ask(const std::string& path, std::vector<std::pair<std::string, std::string>> query,
                     std::vector<http::Header> headers, std::string_view content);
  Status create();
  Error error_of(const Answer& answer) const;

  const AzureAccount account_;
  const std::string container_;
  const Clock& clock_;
  const milliseconds deadline_;
  http::Client client_;
};

}  // namespace oree::targets
