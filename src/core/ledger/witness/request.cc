#include "core/ledger/witness/request.h"

#include "base/text.h"

namespace oree::ledger {

std::string print_request(const WitnessRequest& request) {
  std::string text = cat("old ", request.old_size, "\n");
  for (const Hash& hash : request.proof) text += base64_text(hash) + "\n";
  return cat(text, "\n", request.checkpoint);
}

Result<WitnessRequest> parse_request(std::string_view body) {
  WitnessRequest request;
  size_t end = body.find('\n');
  if (!body.starts_with("old ") || end == std::string_view::npos)
    return fail(ErrorKind::invalid, "the first line is 'old' and a size");
  const auto size = parse_decimal(body.substr(4, end - 4));
  if (!size) return fail(ErrorKind::invalid, "'old' needs a size");
  request.old_size = *size;
  while (true) {
    body.remove_prefix(end + 1);
    end = body.find('\n');
    if (end == std::string_view::npos) return fail(ErrorKind::invalid, "the checkpoint is missing");
    if (end == 0) break;
    const auto hash = parse_base64_hash(body.substr(0, end));
    if (!hash) return fail(ErrorKind::invalid, "a hash in base64 was expected, or an empty line");
    if (request.proof.size() == kMaxProofHashes)
      return fail(ErrorKind::invalid, cat("more than ", kMaxProofHashes, " hashes"));
    request.proof.push_back(*hash);
  }
  body.remove_prefix(1);
  if (body.empty() || body.size() > kMaxNoteBytes)
    return fail(ErrorKind::invalid, "the checkpoint is missing, or too long");
  request.checkpoint = body;
  return request;
}

}  // namespace oree::ledger
