// c2sp.org/tlog-policy, as far as Policy goes: one log, and a quorum over one group of witnesses.
#include <algorithm>
#include <map>

#include "base/text.h"
#include "core/ledger/proof.h"

namespace oree::ledger {
namespace {

constexpr size_t kMaxPolicyBytes = 64 << 10;

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return words;
    const size_t end = std::min(line.find_first_of(" \t", begin), line.size());
    words.push_back(line.substr(begin, end - begin));
    line.remove_prefix(end);
  }
}

class PolicyReader {
 public:
  Result<Policy> read(std::string_view text) {
    size_t number = 0;
    for (const auto line : split(text, '\n')) {
      ++number;
      const auto words = words_of(line);
      if (words.empty() || words.front().starts_with('#')) continue;
      if (auto taken = take(words); !taken) return forward(taken, cat("line ", number));
    }
    if (!log_) return fail(ErrorKind::invalid, "a policy needs a line 'log KEY'");
    if (!quorum_) return fail(ErrorKind::invalid, "a policy needs a line 'quorum NAME'");
    Policy policy{*log_, {}, quorum_->least};
    for (const auto& name : quorum_->members) policy.witnesses.push_back(witnesses_.at(name));
    if (auto sound = check_policy(policy); !sound) return forward(sound);
    return policy;
  }

 private:
  struct Group {
    size_t least = 0;
    std::vector<std::string> members;
  };

  Status take(const std::vector<std::string_view>& words) {
    const std::string_view what = words.front();
    if (what == "log" && (words.size() == 2 || words.size() == 3)) return take_log(words[1]);
    if (what == "witness" && (words.size() == 3 || words.size() == 4))
      return take_witness(words[1], words[2]);
    if (what == "group" && words.size() >= 4) return take_group(words);
    if (what == "quorum" && words.size() == 2) return take_quorum(std::string(words[1]));
    return fail(ErrorKind::invalid, cat("'", what.substr(0, 40),
                                        "': log KEY, witness NAME KEY, group NAME K "
                                        "NAMES… or quorum NAME was expected"));
  }

  Status take_log(std::string_view text) {
    if (log_) return fail(ErrorKind::unsupported, "one log only");
    auto key = parse_verifier_key(text);
    if (!key) return forward(key);
    log_ = std::move(*key);
    return {};
  }

  Status take_witness(std::string_view name, std::string_view text) {
    auto key = parse_verifier_key(text);
    if (!key) return forward(key);
    return add(std::string(name), {1, {std::string(name)}}, &*key);
  }

  Status take_group(const std::vector<std::string_view>& words) {
    Group group;
    for (size_t i = 3; i < words.size(); ++i) {
      const std::string member(words[i]);
      if (!witnesses_.contains(member))
        return fail(ErrorKind::unsupported, cat("'", member,
                                                "' is no witness named before; groups of groups "
                                                "are not understood"));
      if (std::ranges::find(group.members, member) != group.members.end())
        return fail(ErrorKind::invalid, cat("'", member, "' is in the group twice"));
      group.members.push_back(member);
    }
    const auto least = words[2] == "all"   ? std::optional<uint64_t>(group.members.size())
                       : words[2] == "any" ? std::optional<uint64_t>(1)
                                           : parse_decimal(words[2]);
    if (!least || *least < 1 || *least > group.members.size())
      return fail(ErrorKind::invalid, cat("'", words[2], "': all, any or 1 to ", group.members.size()));
    group.least = *least;
    return add(std::string(words[1]), std::move(group), nullptr);
  }

  Status add(const std::string& name, Group group, const VerifierKey* witness) {
    if (name == "none" || !groups_.emplace(name, std::move(group)).second)
      return fail(ErrorKind::invalid, cat("the name '", name, "' is taken"));
    if (witness != nullptr) witnesses_.emplace(name, *witness);
    return {};
  }

  Status take_quorum(const std::string& name) {
    if (quorum_) return fail(ErrorKind::invalid, "a second quorum");
    if (name == "none") {
      quorum_ = Group{};
      return {};
    }
    const auto found = groups_.find(name);
    if (found == groups_.end()) return fail(ErrorKind::invalid, cat("no witness or group '", name, "'"));
    quorum_ = found->second;
    return {};
  }

  std::optional<VerifierKey> log_;
  std::map<std::string, VerifierKey> witnesses_;
  std::map<std::string, Group> groups_;
  std::optional<Group> quorum_;
};

}  // namespace

Result<Policy> parse_policy(std::string_view text) {
  if (text.size() > kMaxPolicyBytes) return fail(ErrorKind::invalid, "a policy is not as long as this");
  return PolicyReader().read(text);
}

}  // namespace oree::ledger
