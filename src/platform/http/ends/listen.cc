#include "platform/http/ends/listen.h"

#include "base/text.h"

namespace oree::http {

Result<Listen> parse_listen(std::string_view text) {
  const size_t colon = text.rfind(':');
  const auto port =
      colon == std::string_view::npos ? std::nullopt : parse_number<uint16_t>(text.substr(colon + 1));
  std::string_view address = text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  if (!port || address.empty())
    return fail(ErrorKind::invalid, cat("'", text, "' is no address and port, such as 127.0.0.1:8000"));
  return Listen{std::string(address), *port};
}

}  // namespace oree::http
