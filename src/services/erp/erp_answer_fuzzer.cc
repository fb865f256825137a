// What a stranger answers: a line with a pointer, a line with Retry-After, then the body.
#include <cstdlib>

#include "base/text.h"
#include "services/erp/answer.h"
#include "services/erp/mapping/rest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line = [&] {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view out = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return out;
  };
  const std::string_view pointer = line();
  http::Response answer;
  answer.headers.emplace_back("Retry-After", line());
  answer.body = text;
  const auto pause = erp::retry_after(answer, WallTime());
  if (pause < milliseconds(0) || pause > std::chrono::hours(24)) std::abort();
  const std::string reason = erp::reason_in(text);
  if (reason.size() > 300 || reason.find_first_of("\r\n") != std::string::npos) std::abort();
  if (const auto body = json::parse(text)) {
    const auto number = erp::number_at(*body, pointer);
    if (number && (number->empty() || number->size() > 200)) std::abort();
    const auto order = erp::parse_work_order(*body);
    if (!order) return 0;
    const auto again = erp::parse_work_order(erp::work_order_json(*order));
    if (!again || *again != *order) std::abort();
    const std::string whole = erp::long_text(*order);
    if (erp::cut(whole, 100).size() > 100) std::abort();
  }
  return 0;
}
