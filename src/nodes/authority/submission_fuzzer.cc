// Arbitrary bytes as the body of a proposal: what is accepted is one that the station could have signed.
#include <cstdlib>

#include "nodes/authority/submission.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree;
  const auto submission =
      authority::parse_submission(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!submission) return 0;
  if (print(submission->proposal) != submission->text.text) std::abort();
  approvals::Rules rules;
  rules.stations.push_back({submission->proposal.station, submission->key, "http://127.0.0.1:8000"});
  const bool near = submission->evidence_url.starts_with("http://127.0.0.1:8000/");
  if (check_sender(*submission, rules) && !near) std::abort();
  return 0;
}
