// Passwords as they are kept: scrypt (RFC 7914) with a random salt.
//   $scrypt$14$8$1$<salt, base64>$<hash, base64>
// Both calls take about 50 ms and 16 MB, on purpose.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace oree::mqtt {

Result<std::string> hash_password(ByteView password);
bool is_password_hash(std::string_view text);
bool check_password(std::string_view hash, ByteView password);  // false for a text that is no hash, too

}  // namespace oree::mqtt
