// The station's side: collects what the authorities answer to one proposal, believes nothing that it cannot
// verify, and says when enough agree. Pure: no threads, no I/O; the caller says what time it is.
//
// A vote counts when its text is sound, it is signed by the key of the authority that was asked, it names
// that authority, this order and this very proposal, and it was made and came before the proposal expired.
// Anything else is turned away and told by name. What somebody on the way can have done (a broken text, an
// old answer sent again) leaves the authority its vote; what only the holder of the key can have made (a
// signature in another's name, two answers that contradict each other) shows one that lies. Who contradicted
// itself is out: its vote counts for neither side. Once approved or refused it stays so.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "platform/json/value.h"
#include "services/approvals/statement.h"

namespace oree::approvals {

struct Elector {
  std::string name;
  crypto::PublicKey key;
};

enum class Standing { waiting, approved, refused, expired };
std::string_view name(Standing standing);

// What became of one answer.
struct Counted {
  enum class Way {
    counted,
    repeated,  // the same verdict again; the first one stays
    late,      // made or come after the proposal expired
    rejected,  // not provably the authority's: malformed or a bad signature
    lie,       // signed by it, and false
  } way = Way::counted;
  // malformed, bad_signature, unknown_authority, other_authority, other_order, other_proposal,
  // from_the_future, contradiction; "" when counted
  std::string code;
  std::string reason;
};

class Ballot {
 public:
  // `invalid` when the quorum is not that of the proposal, or two electors share a name or a key: one key
  // must never vote twice.
  static Result<Ballot> open(std::string proposal_text, std::vector<Elector> electors,
                             microseconds clock_skew = std::chrono::seconds(30));

  // What the authority named `from` answered.
  Counted add(std::string_view from, const Signed& answer, WallTime now);
  Standing standing(WallTime now) const;

  const Proposal& proposal() const { return proposal_; }
  int approvals() const { return count(Verdict::approve); }
  int refusals() const { return count(Verdict::refuse); }

  // The votes that count, in the order of the electors' names.
  struct Vote {
    Elector elector;
    Decision decision;
    Signed text;
  };
  std::vector<Vote> votes() const;
  // Names and reasons of those who were turned away, each once for each code.
  struct Suspect {
    std::string name, code, reason;
    bool lied = false;
    Signed text;  // the proof
  };
  const std::vector<Suspect>& suspects() const { return suspects_; }

  // The decisions file whose digest goes into the ledger: [{"statement","signature","key"}…], of votes().
  std::string decisions_file() const;

 private:
  Ballot(Proposal proposal, crypto::Digest digest, std::vector<Elector> electors, microseconds skew)
      : proposal_(std::move(proposal)), digest_(digest), electors_(std::move(electors)), skew_(skew) {}
  int count(Verdict verdict) const;
  Counted judge(const Elector& elector, const Signed& answer, WallTime now);
  Counted cast(const Elector& elector, Decision decision, const Signed& answer);
  void suspect(std::string_view from, const Counted& counted, const Signed& answer);
  void settle();

  Proposal proposal_;
  crypto::Digest digest_;
  std::vector<Elector> electors_;
  microseconds skew_;
  std::map<std::string, Vote> votes_;
  std::map<std::string, bool> out_;  // contradicted themselves
  std::vector<Suspect> suspects_;
  Standing settled_ = Standing::waiting;
};

}  // namespace oree::approvals
