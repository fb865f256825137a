#include "services/approvals/ballot.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace oree::approvals {
namespace {

using Way = Counted::Way;

int64_t ms(WallTime time) {
  return std::chrono::floor<milliseconds>(time.time_since_epoch()).count();
}

}  // namespace

std::string_view name(Standing standing) {
  switch (standing) {
    case Standing::waiting:
      return "waiting";
    case Standing::approved:
      return "approved";
    case Standing::refused:
      return "refused";
    case Standing::expired:
      return "expired";
  }
  return "waiting";
}

Result<Ballot> Ballot::open(std::string proposal_text, std::vector<Elector> electors,
                            microseconds clock_skew) {
  auto proposal = parse_proposal(proposal_text);
  if (!proposal) return forward(proposal);
  std::set<std::string> names;
  std::set<crypto::PublicKey> keys;
  for (const Elector& elector : electors) {
    if (!names.insert(elector.name).second)
      return fail(ErrorKind::invalid, cat("two authorities have the name '", elector.name, "'"));
    if (!keys.insert(elector.key).second)
      return fail(ErrorKind::invalid, cat("the key of '", elector.name, "' is another authority's too"));
  }
  if (static_cast<size_t>(proposal->of) != electors.size()) {
    return fail(ErrorKind::invalid,
                cat("the proposal asks ", proposal->of, " authorities, ", electors.size(), " are known"));
  }
  std::ranges::sort(electors, {}, &Elector::name);
  return Ballot(*std::move(proposal), digest_of(proposal_text), std::move(electors), clock_skew);
}

Counted Ballot::add(std::string_view from, const Signed& answer, WallTime now) {
  const auto elector = std::ranges::find(electors_, from, &Elector::name);
  Counted counted{Way::rejected, "unknown_authority", cat("nobody asked '", from, "'")};
  if (elector != electors_.end()) counted = judge(*elector, answer, now);
  if (counted.way == Way::rejected || counted.way == Way::lie) suspect(from, counted, answer);
  settle();
  return counted;
}

Counted Ballot::judge(const Elector& elector, const Signed& answer, WallTime now) {
  const auto decision = parse_decision(answer.text);
  if (!decision) return {Way::rejected, "malformed", decision.error().what};
  if (auto mine = check_signature(answer, elector.key); !mine)
    return {Way::rejected, "bad_signature", mine.error().what};
  if (decision->authority != elector.name)
    return {Way::lie, "other_authority", cat("it signed in the name of '", decision->authority, "'")};
  // An answer to something else may have been replayed by anybody on the way.
  if (decision->order != proposal_.order)
    return {Way::rejected, "other_order", cat("it is about order ", decision->order)};
  if (decision->proposal != digest_)
    return {Way::lie, "other_proposal", "it is about another proposal under the same order"};
  if (decision->at > ms(now + skew_))
    return {Way::rejected, "from_the_future", cat("it was made at ", decision->at, " ms, which is to come")};
  if (decision->at > ms(WallTime(milliseconds(proposal_.expires)) + skew_) ||
      (ms(now) > proposal_.expires && !votes_.contains(elector.name)))
    return {Way::late, "expired", "it came after the proposal had expired"};
  return cast(elector, *decision, answer);
}

Counted Ballot::cast(const Elector& elector, Decision decision, const Signed& answer) {
  if (out_.contains(elector.name))
    return {Way::lie, "contradiction", "it contradicted itself before, and counts no longer"};
  const auto before = votes_.find(elector.name);
  if (before == votes_.end()) {
    votes_.emplace(elector.name, Vote{elector, std::move(decision), answer});
    return {Way::counted, "", ""};
  }
  if (before->second.decision.verdict == decision.verdict) return {Way::repeated, "", "it said so before"};
  out_[elector.name] = true;
  if (settled_ == Standing::waiting) votes_.erase(before);
  return {Way::lie, "contradiction", "it signed both approve and refuse"};
}

void Ballot::suspect(std::string_view from, const Counted& counted, const Signed& answer) {
  const bool known = std::ranges::any_of(
      suspects_, [&](const Suspect& one) { return one.name == from && one.code == counted.code; });
  if (known) return;
  suspects_.push_back({std::string(from), counted.code, counted.reason, counted.way == Way::lie, answer});
}

int Ballot::count(Verdict verdict) const {
  return static_cast<int>(
      std::ranges::count_if(votes_, [&](const auto& one) { return one.second.decision.verdict == verdict; }));
}

void Ballot::settle() {
  if (settled_ != Standing::waiting) return;
  const int lost = refusals() + static_cast<int>(out_.size());
  if (approvals() >= proposal_.needed) settled_ = Standing::approved;
  if (proposal_.of - lost < proposal_.needed) settled_ = Standing::refused;
}

Standing Ballot::standing(WallTime now) const {
  if (settled_ == Standing::waiting && ms(now) > proposal_.expires) return Standing::expired;
  return settled_;
}

std::vector<Ballot::Vote> Ballot::votes() const {
  std::vector<Vote> out;
  for (const auto& [name, vote] : votes_) out.push_back(vote);
  return out;
}

std::string Ballot::decisions_file() const {
  json::Array all;
  for (const auto& [name, vote] : votes_) {
    all.emplace_back(json::Object{{"statement", vote.text.text},
                                  {"signature", vote.text.signature},
                                  {"key", vote.elector.key.base64()}});
  }
  return json::print(all);
}

}  // namespace oree::approvals
