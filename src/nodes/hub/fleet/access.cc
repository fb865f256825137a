#include "nodes/hub/fleet/access.h"

#include <array>

#include "base/bytes.h"
#include "platform/crypto/crypto.h"

namespace oree::hub {

Access::Token Access::token_of(const std::string& device) {
  const std::lock_guard lock(mutex_);
  const MonoTime now = clock_.mono();
  const auto seconds_left = [&](MonoTime until) {
    return std::chrono::duration_cast<std::chrono::seconds>(until - now).count();
  };
  const auto newest = newest_.find(device);
  if (newest != newest_.end()) {
    const auto given = tokens_.find(newest->second);
    if (given != tokens_.end() && given->second.until - now > length_ / 2)
      return {given->first, seconds_left(given->second.until)};
  }
  std::erase_if(tokens_, [&](const auto& token) { return token.second.until <= now; });
  std::array<std::byte, 24> random;
  crypto::random_bytes(random);
  const std::string text = to_hex(random);
  tokens_[text] = {device, now + length_};
  newest_[device] = text;
  return {text, seconds_left(now + length_)};
}

bool Access::is_good(std::string_view text) const {
  const std::lock_guard lock(mutex_);
  const auto given = tokens_.find(text);
  return given != tokens_.end() && given->second.until > clock_.mono();
}

void Access::forget(const std::string& device) {
  const std::lock_guard lock(mutex_);
  std::erase_if(tokens_, [&](const auto& token) { return token.second.device == device; });
  newest_.erase(device);
}

}  // namespace oree::hub
