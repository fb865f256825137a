#include "services/broker/access/access_table.h"

#include <algorithm>

#include "platform/crypto/crypto.h"
#include "platform/mqtt/message.h"
#include "platform/mqtt/password.h"

namespace oree::broker {
namespace {

constexpr size_t kMostJobs = 1'000;

// %c and %u replaced; nullopt when a name would change the meaning of the filter.
std::optional<std::string> fill_in(std::string_view filter, const Who& who) {
  std::string out;
  for (size_t i = 0; i < filter.size(); ++i) {
    const bool has_next = filter[i] == '%' && i + 1 < filter.size();
    if (!has_next || (filter[i + 1] != 'c' && filter[i + 1] != 'u')) {
      out += filter[i];
      continue;
    }
    const std::string_view name = filter[++i] == 'c' ? who.client_id : who.user;
    if (name.empty() || name.find_first_of("+#/") != std::string_view::npos) return std::nullopt;
    out += name;
  }
  return out;
}

bool concerns(const AccessRule& rule, AccessKind kind, const Who& who) {
  return (rule.kind == AccessKind::both || rule.kind == kind) &&
         (rule.user.empty() || rule.user == who.user) &&
         (rule.client.empty() || rule.client == who.client_id);
}

std::string memory_of(std::string_view hash, ByteView password) {
  crypto::Sha256 digest;
  digest.update(as_bytes(hash));
  digest.update(password);
  return digest.finish().hex();
}

}  // namespace

Result<std::unique_ptr<AccessTable>> AccessTable::create(AccessSettings settings, Done done) {
  for (const User& user : settings.users) {
    if (!mqtt::is_password_hash(user.password_hash)) {
      return fail(ErrorKind::invalid, "user '" + user.name + "' has no password hash as 'oree' prints it");
    }
  }
  for (const AccessRule& rule : settings.rules) {
    if (!mqtt::is_topic_filter(rule.filter)) {
      return fail(ErrorKind::invalid, "an access rule has the filter '" + rule.filter + "', which is none");
    }
  }
  return std::unique_ptr<AccessTable>(new AccessTable(std::move(settings), std::move(done)));
}

AccessTable::AccessTable(AccessSettings settings, Done done)
    : settings_(std::move(settings)), done_(std::move(done)) {
  filters_reads_ = std::ranges::any_of(settings_.rules, [](const AccessRule& rule) {
    return !rule.allow && rule.kind != AccessKind::publish;
  });
  if (!settings_.users.empty())
    worker_ = std::jthread([this](const std::stop_token& stop) { check_passwords(stop); });
}

AccessTable::~AccessTable() {
  worker_.request_stop();
  wake_.notify_all();
}

LoginAnswer AccessTable::login(const Login& login) {
  const bool known_by_certificate = !login.peer.certificate_name.empty();
  if (!login.user) {
    const bool anonymous = settings_.anonymous || (settings_.anonymous_on_loopback && login.peer.loopback);
    return known_by_certificate || anonymous ? LoginAnswer::allowed : LoginAnswer::denied;
  }
  if (known_by_certificate && *login.user == login.peer.certificate_name) return LoginAnswer::allowed;
  const auto user = std::ranges::find(settings_.users, *login.user, &User::name);
  if (user == settings_.users.end()) return LoginAnswer::denied;
  std::string memory = memory_of(user->password_hash, login.password);
  const std::scoped_lock lock(mutex_);
  if (known_good_.contains(memory)) return LoginAnswer::allowed;
  if (jobs_.size() >= kMostJobs) return LoginAnswer::denied;
  jobs_.push_back({login.connection, user->password_hash, login.password, std::move(memory)});
  wake_.notify_one();
  return LoginAnswer::later;
}

void AccessTable::check_passwords(const std::stop_token& stop) {
  while (true) {
    Job job;
    bool good = false;
    {
      std::unique_lock lock(mutex_);
      if (!wake_.wait(lock, stop, [this] { return !jobs_.empty(); })) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
      good = known_good_.contains(job.memory);
    }
    good = good || mqtt::check_password(job.hash, job.password);
    if (good) {
      const std::scoped_lock lock(mutex_);
      known_good_.insert(std::move(job.memory));
    }
    done_(job.connection, good);
  }
}

// A rule that allows has to cover the whole filter; one that denies at subscribing, too: what lies inside a
// wider filter is held back message by message (may_read).
bool AccessTable::decide(AccessKind kind, const Who& who, std::string_view text, bool is_filter) const {
  for (const AccessRule& rule : settings_.rules) {
    if (!concerns(rule, kind, who)) continue;
    const auto filter = fill_in(rule.filter, who);
    if (!filter) continue;
    if (is_filter ? filter_covers(*filter, text) : mqtt::topic_matches(*filter, text)) return rule.allow;
  }
  return settings_.allow_without_rule;
}

bool AccessTable::may_publish(const Who& who, std::string_view topic) const {
  return settings_.rules.empty() ? settings_.allow_without_rule
                                 : decide(AccessKind::publish, who, topic, false);
}

bool AccessTable::may_subscribe(const Who& who, std::string_view filter) const {
  return settings_.rules.empty() ? settings_.allow_without_rule
                                 : decide(AccessKind::subscribe, who, filter, true);
}

bool AccessTable::may_read(const Who& who, std::string_view topic) const {
  return decide(AccessKind::subscribe, who, topic, false);
}

}  // namespace oree::broker
