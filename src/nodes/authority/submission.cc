#include "nodes/authority/submission.h"

#include "base/text.h"
#include "platform/http/client.h"
#include "platform/json/value.h"

namespace oree::authority {
namespace {

constexpr size_t kMostUrl = 1000;

Result<std::string> text_at(const json::Value& body, std::string_view key, size_t most) {
  const auto* value = body.find(key);
  if (value == nullptr || value->text() == nullptr || value->text()->empty() || value->text()->size() > most)
    return fail(ErrorKind::invalid, cat("'", key, "' must be a text of at most ", most, " bytes"));
  return *value->text();
}

Status check_url(const std::string& text) {
  const auto url = http::parse_url(text);
  if (!url) return fail(ErrorKind::invalid, cat("'evidence_url': ", url.error().what));
  if (text.find_first_of("?#") != std::string::npos || text.ends_with('/'))
    return fail(ErrorKind::invalid,
                "'evidence_url' must be an address without query, fragment or '/' at its end");
  return {};
}

}  // namespace

Result<Submission> parse_submission(std::string_view body) {
  const auto value = json::parse(body);
  if (!value) return forward(value);
  const auto text = text_at(*value, "proposal", approvals::kMostStatementBytes);
  const auto signature = text_at(*value, "signature", 200);
  const auto key_text = text_at(*value, "key", 100);
  const auto url = text_at(*value, "evidence_url", kMostUrl);
  for (const auto* one : {&text, &signature, &key_text, &url}) {
    if (!*one) return forward(*one);
  }
  auto proposal = approvals::parse_proposal(*text);
  if (!proposal) return forward(proposal);
  const auto key = crypto::parse_public_key(*key_text);
  if (!key) return forward(key, "'key'");
  if (auto sound = check_url(*url); !sound) return forward(sound);
  return Submission{*std::move(proposal), {*text, *signature}, *key, *url};
}

Status check_sender(const Submission& submission, const approvals::Rules& rules) {
  const auto* station = rules.station(submission.key);
  if (station == nullptr)
    return fail(ErrorKind::denied, cat("the key ", submission.key.base64(), " is no known station's"));
  if (auto mine = check_signature(submission.text, submission.key); !mine) return mine;
  if (station->name != submission.proposal.station) {
    return fail(ErrorKind::denied, cat("this is the key of '", station->name,
                                       "', which may not propose for '", submission.proposal.station, "'"));
  }
  if (!station->address.empty() && !submission.evidence_url.starts_with(cat(station->address, "/")))
    return fail(ErrorKind::denied,
                cat("the evidence of '", station->name, "' lies at ", station->address, " and nowhere else"));
  return {};
}

}  // namespace oree::authority
