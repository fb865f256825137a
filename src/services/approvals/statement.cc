#include "services/approvals/statement.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"
#include "services/approvals/line_reader.h"

namespace oree::approvals {
namespace {

constexpr std::string_view kProposalHeader = "oree/proposal/v1";
constexpr std::string_view kDecisionHeader = "oree/decision/v1";
constexpr size_t kMostAsset = 200, kMostFault = 64, kMostModel = 200, kMostBy = 120;
constexpr double kMostCost = 1e12;
constexpr int kMostAuthorities = 100;
constexpr std::array<std::string_view, 4> kPriorities{"low", "normal", "high", "urgent"};
constexpr std::string_view kRules = "rules";

bool is_currency(std::string_view text) {
  return text.size() == 3 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_code(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// "1200.5 EUR"
void read_cost(LineReader& lines, Proposal& proposal) {
  const auto words = split(lines.line("cost"), ' ');
  const auto amount = parse_number<double>(words.front());
  const bool sound = words.size() == 2 && amount && *amount >= 0 && *amount <= kMostCost &&
                     !std::signbit(*amount) && amount_text(*amount) == words[0] && is_currency(words[1]);
  if (!sound) return lines.mistake("cost", "must be an amount and a currency such as 1200 EUR");
  proposal.cost = *amount;
  proposal.currency = words[1];
}

// "2 3"
void read_quorum(LineReader& lines, Proposal& proposal) {
  const std::string_view text = lines.line("quorum");
  const auto words = split(text, ' ');
  const auto needed = parse_number<int>(words.front());
  const auto of = parse_number<int>(words.back());
  const bool sound = needed && of && *needed >= 1 && *of >= *needed && *of <= kMostAuthorities &&
                     cat(*needed, " ", *of) == text;
  if (!sound) return lines.mistake("quorum", "must be how many of how many, such as 2 3");
  proposal.needed = *needed;
  proposal.of = *of;
}

template <class T>
Result<Signed> sign_text(const T& value, const crypto::SigningKey& key) {
  auto text = print(value);
  if (!text) return forward(text);
  const auto signature = key.sign(as_bytes(*text));
  return Signed{*std::move(text), crypto::base64(signature)};
}

// What is printed is held against the parser: there is one set of rules, and it is there.
template <class T>
Result<std::string> checked(std::string text, const T& value, Result<T> (*parse)(std::string_view)) {
  const auto again = parse(text);
  if (!again) return forward(again);
  if (!(*again == value)) return fail(ErrorKind::invalid, "a field has no form in the text that is signed");
  return text;
}

}  // namespace

std::string_view name(Verdict verdict) {
  return verdict == Verdict::approve ? "approve" : "refuse";
}

bool is_person(std::string_view name) {
  return is_line(name, kMostBy) && trim(name) == name && !iequals(name, kRules);
}

crypto::Digest digest_of(std::string_view text) {
  return crypto::sha256(as_bytes(text));
}

Result<std::string> print(const Proposal& p) {
  std::string text = cat(kProposalHeader, "\norder ", p.order, "\nstation ", p.station, "\nasset ", p.asset,
                         "\nfault ", p.fault, "\nevidence ", p.evidence.hex(), "\nmodel ");
  text += p.model.empty() ? "-" : p.model;
  text += cat("\nscore ", score_text(p.score), "\nthreshold ", score_text(p.threshold), "\ncost ",
              amount_text(p.cost), " ", p.currency, "\npriority ", p.priority, "\ncreated ", p.created,
              "\nexpires ", p.expires, "\nquorum ", p.needed, " ", p.of, "\n");
  return checked(std::move(text), p, &parse_proposal);
}

Result<Proposal> parse_proposal(std::string_view text) {
  LineReader lines(text, kProposalHeader, kMostStatementBytes);
  Proposal p;
  p.order = lines.name("order");
  p.station = lines.name("station");
  p.asset = lines.line("asset", kMostAsset);
  if (p.asset.find('%') != std::string::npos) lines.mistake("asset", "must not contain '%'");
  p.fault = lines.line("fault", kMostFault);
  p.evidence = lines.digest("evidence");
  p.model = lines.line("model", kMostModel);
  if (p.model == "-") p.model.clear();
  p.score = lines.score("score");
  p.threshold = lines.score("threshold");
  read_cost(lines, p);
  p.priority = lines.line("priority");
  if (std::ranges::find(kPriorities, p.priority) == kPriorities.end())
    lines.mistake("priority", "must be low, normal, high or urgent");
  p.created = lines.time("created");
  p.expires = lines.time("expires");
  if (p.expires <= p.created) lines.mistake("expires", "must be later than 'created'");
  read_quorum(lines, p);
  if (auto status = lines.finish(); !status) return forward(status);
  return p;
}

Result<std::string> print(const Decision& d) {
  std::string text =
      cat(kDecisionHeader, "\nauthority ", d.authority, "\norder ", d.order, "\nproposal ", d.proposal.hex(),
          "\ndecision ", name(d.verdict), "\ncode ", d.code, "\nby ", d.by, "\nat ", d.at, "\n");
  return checked(std::move(text), d, &parse_decision);
}

Result<Decision> parse_decision(std::string_view text) {
  LineReader lines(text, kDecisionHeader, kMostStatementBytes);
  Decision d;
  d.authority = lines.name("authority");
  d.order = lines.name("order");
  d.proposal = lines.digest("proposal");
  const std::string_view verdict = lines.line("decision");
  if (verdict != "approve" && verdict != "refuse") lines.mistake("decision", "must be approve or refuse");
  d.verdict = verdict == "approve" ? Verdict::approve : Verdict::refuse;
  d.code = lines.line("code");
  if (!is_code(d.code)) lines.mistake("code", "must be a word of a to z, 0 to 9 and '_'");
  d.by = lines.line("by", kMostBy);
  d.at = lines.time("at");
  if (auto status = lines.finish(); !status) return forward(status);
  return d;
}

Result<Signed> sign(const Proposal& proposal, const crypto::SigningKey& key) {
  return sign_text(proposal, key);
}

Result<Signed> sign(const Decision& decision, const crypto::SigningKey& key) {
  return sign_text(decision, key);
}

Status check_signature(const Signed& text, const crypto::PublicKey& key) {
  const auto signature = crypto::from_base64(text.signature);
  if (!signature || signature->size() != sizeof(crypto::Signature))
    return fail(ErrorKind::denied, "the signature is not base64 of 64 bytes");
  if (!crypto::verify(key, as_bytes(text.text), *signature))
    return fail(ErrorKind::denied, cat("the signature is not that of the key ", key.base64()));
  return {};
}

}  // namespace oree::approvals
