// A connection string is refused, or gives an account that could be spoken to.
#include <cstdlib>

#include "core/targets/azure_account.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree;
  const auto account =
      targets::parse_connection_string(as_text({reinterpret_cast<const std::byte*>(data), size}));
  if (!account) return 0;
  if (account->endpoint.host.empty() || account->endpoint.target.ends_with('/')) std::abort();
  if (account->key.empty() == account->signature.empty()) std::abort();
  if (!account->key.empty() && account->name.empty()) std::abort();
  for (const char c : account->signature) {
    if (c <= 0x20 || c == 0x7F) std::abort();
  }
  return 0;
}
