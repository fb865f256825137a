#include "nodes/authority/judge.h"

#include <algorithm>

#include "base/background.h"
#include "base/text.h"
#include "nodes/authority/evidence_fetch.h"

namespace oree::authority {
namespace {

using approvals::Answer;
using approvals::Ruling;
using approvals::Verdict;
using Outcome = Result<std::variant<Question, Settled>>;

constexpr milliseconds kPulse{250};
constexpr milliseconds kSweep{1000};
constexpr milliseconds kFirstPause{1000};
constexpr int kMostDoublings = 6;
constexpr int64_t kDayMs = 24 * 60 * 60 * 1000;

int64_t ms(WallTime time) {
  return std::chrono::floor<milliseconds>(time.time_since_epoch()).count();
}

Outcome settled(Result<Settled> one) {
  if (!one) return forward(one);
  return *std::move(one);
}

}  // namespace

Judge::Judge(const Settings& settings, crypto::SigningKey key, Store& store, const Clock& clock, Log& log,
             std::function<void()> on_approved)
    : settings_(settings),
      key_(std::move(key)),
      store_(store),
      clock_(clock),
      log_(log),
      on_approved_(std::move(on_approved)) {}

Judge::~Judge() {
  stop();
}

Status Judge::start() {
  const auto open = store_.list(Stage::checking, 1000);
  if (!open) return forward(open);
  const std::lock_guard lock(mutex_);
  for (const Record& record : *open)
    jobs_[record.proposal.order] = {.station = record.proposal.station, .due = clock_.mono(), .trouble = {}};
  for (unsigned i = 0; i < std::max(1u, settings_.fetchers); ++i)
    workers_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  return {};
}

void Judge::stop() {
  for (auto& worker : workers_) worker.request_stop();
  workers_.clear();
}

void Judge::work(const std::stop_token& stop) {
  stay_in_background();
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (clock_.mono() >= next_sweep_) {
      next_sweep_ = clock_.mono() + kSweep;
      lock.unlock();
      sweep();
      lock.lock();
    }
    const auto job = next_job();
    if (job == jobs_.end()) {
      wake_.wait_for(lock, stop, kPulse, [] { return false; });
      continue;
    }
    const std::string order = job->first, station = job->second.station;
    job->second.running = true;
    busy_.insert(station);
    lock.unlock();
    examine(order);
    lock.lock();
    busy_.erase(station);
    if (const auto at = jobs_.find(order); at != jobs_.end()) at->second.running = false;
    looked_.notify_all();
    wake_.notify_one();
  }
}

std::map<std::string, Judge::Job>::iterator Judge::next_job() {
  const MonoTime now = clock_.mono();
  return std::ranges::find_if(
      jobs_, [&](const auto& one) { return one.second.due <= now && !busy_.contains(one.second.station); });
}

// The whole way of one proposal: in time? evidence whole? rules met?
void Judge::examine(const std::string& order) {
  const auto record = store_.find(order);
  if (!record) return put_off(order, record.error().what);
  if (record->stage != Stage::checking) return finish(order);
  const auto timely = decide_time(settings_.rules, record->proposal, clock_.wall());
  if (timely.answer != Answer::approve) {
    if (auto done = refuse(order, timely); !done) return put_off(order, done.error().what);
    return finish(order);
  }
  const auto facts =
      fetch_evidence(record->proposal, record->evidence_url, settings_.fetch_deadline, settings_.limits);
  if (!facts && facts.error().code.empty()) return put_off(order, facts.error().reason);
  const auto done = settle(order, [&](const Record& now, std::span<const approvals::Past> past) -> Outcome {
    if (!facts) {
      return settled(sign(now, Verdict::refuse, facts.error().code, facts.error().reason, "rules"));
    }
    const Ruling ruling = approvals::decide(settings_.rules, now.proposal, *facts, past, clock_.wall());
    if (ruling.answer == Answer::ask) return Question{ruling.code, ruling.reason};
    const auto verdict = ruling.answer == Answer::approve ? Verdict::approve : Verdict::refuse;
    return settled(sign(now, verdict, ruling.code, ruling.reason, "rules"));
  });
  if (!done) return put_off(order, done.error().what);
  finish(order);
}

void Judge::put_off(const std::string& order, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  const auto job = jobs_.find(order);
  if (job == jobs_.end()) return;
  const int doublings = std::min(job->second.attempts++, kMostDoublings);
  job->second.due = clock_.mono() + kFirstPause * (1 << doublings);
  if (job->second.trouble != reason) log_.warning(cat("order ", order, " is not examined yet: ", reason));
  job->second.trouble = reason;
}

void Judge::finish(const std::string& order) {
  const std::lock_guard lock(mutex_);
  jobs_.erase(order);
}

// What a person or a station left lying until it was too late.
void Judge::sweep() {
  const auto skew = std::chrono::ceil<milliseconds>(settings_.rules.clock_skew).count();
  const auto late = store_.overdue(ms(clock_.wall()) - skew);
  if (!late) return log_.warning(cat("looking for expired proposals: ", late.error().what));
  for (const auto& order : *late) {
    if (const auto found = find(order); !found) log_.warning(found.error().what);
  }
}

Result<Settled> Judge::sign(const Record& record, Verdict verdict, std::string code, std::string reason,
                            std::string by) const {
  const int64_t now = ms(clock_.wall());
  const approvals::Decision decision{settings_.rules.authority,
                                     record.proposal.order,
                                     approvals::digest_of(record.text.text),
                                     verdict,
                                     code,
                                     by,
                                     now};
  auto text = approvals::sign(decision, key_);
  if (!text) return forward(text);
  return Settled{verdict, *std::move(text), std::move(code), std::move(reason), std::move(by), now};
}

Result<Record> Judge::settle(const std::string& order, const Store::Make& make) {
  bool made = false;
  auto record = store_.settle(order, ms(clock_.wall()) - kDayMs,
                              [&](const Record& now, std::span<const approvals::Past> past) {
                                made = true;
                                return make(now, past);
                              });
  if (!record || !made) return record;
  if (!record->settled) {
    log_.info(cat("order ", order, ": a person is asked: ", record->reason));
    return record;
  }
  log_.info(cat("order ", order, ": ", name(record->settled->verdict), " (", record->settled->code, ") by ",
                record->settled->by, ": ", record->settled->reason));
  if (record->settled->verdict == Verdict::approve && on_approved_) on_approved_();
  return record;
}

Status Judge::refuse(const std::string& order, const Ruling& ruling) {
  const auto done = settle(order, [&](const Record& now, std::span<const approvals::Past>) {
    return settled(sign(now, Verdict::refuse, ruling.code, ruling.reason, "rules"));
  });
  return done ? Status() : forward(done);
}

Result<Record> Judge::submit(const Submission& submission) {
  Record record;
  record.proposal = submission.proposal;
  record.text = submission.text;
  record.key = submission.key.base64();
  record.evidence_url = submission.evidence_url;
  record.received = ms(clock_.wall());
  const auto added = store_.add(record);
  if (!added) return forward(added);
  if (added->record.stage != Stage::checking) return find(record.proposal.order);
  const auto timely = decide_time(settings_.rules, record.proposal, clock_.wall());
  if (timely.answer != Answer::approve) {
    if (auto done = refuse(record.proposal.order, timely); !done) return forward(done);
    return store_.find(record.proposal.order);
  }
  await(record.proposal.order);
  return find(record.proposal.order);
}

// Has it examined now, and waits until it was, or for as long as the settings say.
void Judge::await(const std::string& order) {
  const auto record = store_.find(order);
  if (!record || record->stage != Stage::checking) return;
  std::unique_lock lock(mutex_);
  auto& job = jobs_[order];
  job.station = record->proposal.station;
  if (!job.running) job.due = clock_.mono();
  const int before = job.attempts;
  wake_.notify_one();
  looked_.wait_for(lock, settings_.answer_within, [&] {
    const auto at = jobs_.find(order);
    return at == jobs_.end() || (at->second.attempts > before && !at->second.running);
  });
}

Result<Record> Judge::find(const std::string& order) {
  auto record = store_.find(order);
  if (!record || record->settled) return record;
  const auto timely = decide_time(settings_.rules, record->proposal, clock_.wall());
  if (timely.answer == Answer::approve) return record;
  if (auto done = refuse(order, timely); !done) return forward(done);
  return store_.find(order);
}

Result<Record> Judge::decide(const std::string& order, Verdict verdict, const std::string& person,
                             const std::string& reason) {
  bool mine = false;
  auto record = settle(order, [&](const Record& now, std::span<const approvals::Past>) -> Outcome {
    const auto timely = decide_time(settings_.rules, now.proposal, clock_.wall());
    if (timely.answer != Answer::approve)
      return settled(sign(now, Verdict::refuse, timely.code, timely.reason, "rules"));
    if (now.stage == Stage::checking && verdict == Verdict::approve) {
      return fail(ErrorKind::conflict,
                  cat("order ", order, " cannot be approved yet: its evidence is not verified"));
    }
    mine = true;
    const std::string said = reason.empty() ? cat(person, " decided") : cat(person, ": ", reason);
    return settled(sign(now, verdict, "person", said, person));
  });
  if (!record || mine) return record;
  const Settled& known = *record->settled;
  if (known.code == "expired" || (known.by == person && known.verdict == verdict)) return record;
  return fail(ErrorKind::conflict, cat("order ", order, " is decided already: ", name(known.verdict), " by ",
                                       known.by, " (", known.code, ")"));
}

std::string Judge::trouble(const std::string& order) const {
  const std::lock_guard lock(mutex_);
  const auto job = jobs_.find(order);
  return job == jobs_.end() ? "" : job->second.trouble;
}

}  // namespace oree::authority
