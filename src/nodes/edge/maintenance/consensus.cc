#include "nodes/edge/maintenance/consensus.h"

#include <algorithm>

#include "base/background.h"
#include "base/text.h"

namespace oree::edge {
namespace {

constexpr milliseconds kSoon{200};     // while an answer is to come
constexpr milliseconds kRest{5'000};   // to see who is there
constexpr size_t kRemembered = 2'000;  // orders; what is forgotten is asked for once more

std::string text_of(const json::Value& body, std::string_view key) {
  const auto* value = body.find(key);
  return value != nullptr && value->text() != nullptr ? *value->text() : "";
}

double number_of(const json::Value& body, std::string_view key) {
  const auto* value = body.find(key);
  return value != nullptr ? value->number().value_or(0) : 0;
}

const json::Value* answer_of(const orders::Order& order, std::string_view authority) {
  if (order.authorities.array() == nullptr) return nullptr;
  for (const auto& one : *order.authorities.array()) {
    if (text_of(one, "name") == authority) return &one;
  }
  return nullptr;
}

bool has_decided(const orders::Order& order, std::string_view authority) {
  const auto* answer = answer_of(order, authority);
  return answer != nullptr && !text_of(*answer, "statement").empty();
}

std::optional<uint64_t> entry_of(const orders::Order& order) {
  const auto* entry = order.quorum.find("entry");
  const auto index = entry != nullptr ? entry->integer() : std::nullopt;
  return index ? std::optional(static_cast<uint64_t>(*index)) : std::nullopt;
}

void set_answer(orders::Order& order, const std::string& name, json::Value answer) {
  if (order.authorities.array() == nullptr) order.authorities = json::Array{};
  for (auto& one : *order.authorities.array()) {
    if (text_of(one, "name") != name) continue;
    one = std::move(answer);
    return;
  }
  order.authorities.push(std::move(answer));
}

}  // namespace

Consensus::Consensus(const MaintenanceFile& file, World world) : file_(file), world_(std::move(world)) {
  for (const auto& setting : file_.authorities) links_.push_back(std::make_unique<Link>(setting));
}

void Consensus::start(std::string evidence_base) {
  evidence_base_ = std::move(evidence_base);
  counter_ = std::jthread([this](const std::stop_token& stop) { count(stop); });
  for (auto& link : links_)
    link->thread = std::jthread([this, &one = *link](const std::stop_token& stop) { serve(one, stop); });
}

void Consensus::stop() {
  counter_.request_stop();
  for (auto& link : links_) link->thread.request_stop();
  for (auto& link : links_) link->thread = {};
  counter_ = {};
}

void Consensus::wake() {
  {
    const std::lock_guard lock(mutex_);
    ++wakes_;
  }
  wake_.notify_all();
}

void Consensus::wait(std::unique_lock<std::mutex>& lock, const std::stop_token& stop, uint64_t& seen,
                     milliseconds most) {
  wake_.wait_for(lock, stop, most, [&] { return wakes_ != seen; });
  seen = wakes_;
}

Result<approvals::Signed> Consensus::proposal_of(const orders::Order& order) const {
  const auto evidence = crypto::parse_digest(order.evidence.digest);
  if (!evidence) return fail(ErrorKind::corrupt, cat("order ", order.id, " has no evidence"));
  const std::string model = text_of(order.cause, "model");
  return approvals::sign(approvals::Proposal{.order = order.id,
                                             .station = world_.station,
                                             .asset = order.asset,
                                             .fault = order.fault,
                                             .evidence = *evidence,
                                             .model = model,
                                             .score = number_of(order.cause, "score"),
                                             .threshold = number_of(order.cause, "threshold"),
                                             .cost = order.cost.ceiling,
                                             .currency = order.cost.currency,
                                             .priority = std::string(orders::name(order.priority)),
                                             .created = orders::to_ms(order.created),
                                             .expires = orders::to_ms(order.expires),
                                             .needed = std::max(1, file_.quorum),
                                             .of = std::max(1, static_cast<int>(file_.authorities.size()))},
                         world_.key);
}

// On the authority's own thread.
void Consensus::serve(Link& link, const std::stop_token& stop) {
  stay_in_background();
  uint64_t seen = 0;
  while (!stop.stop_requested()) {
    {
      const std::lock_guard lock(mutex_);
      seen = wakes_;
    }
    bool more = ask_open(link);
    more = cosign(link) || more;
    std::unique_lock lock(mutex_);
    wait(lock, stop, seen, more ? kSoon : kRest);
  }
}

void Consensus::note_state(Link& link, const Status& status) {
  const bool away =
      !status && (status.error().kind == ErrorKind::unavailable || status.error().kind == ErrorKind::timeout);
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    changed = link.away != away && link.seen.has_value();
    // Each new complaint is told once; that somebody is away who never was there shows on the page.
    if (!status && !away) changed = link.error != status.error().what;
    link.away = away;
    link.error = status ? "" : status.error().what;
    if (!away) link.seen = world_.clock.wall();
  }
  if (changed && !status)
    world_.log.warning(
        cat("authority '", link.setting.name, away ? "' is away: " : "': ", status.error().what));
}

bool Consensus::ask_open(Link& link) {
  const auto open = world_.orders.all_in(orders::State::proposed);
  if (!open) {
    world_.log.error(cat("orders: ", open.error().what));
    return true;
  }
  bool more = false;
  for (const auto& order : *open) {
    if (has_decided(order, link.setting.name) || entry_of(order)) continue;
    if (world_.clock.wall() >= order.expires) continue;
    const auto decided = ask_one(link, order);
    note_state(link, decided ? Status() : forward(decided));
    more = !decided || !*decided || more;
  }
  return more;
}

Result<bool> Consensus::ask_one(Link& link, const orders::Order& order) {
  const auto proposal = proposal_of(order);
  if (!proposal) return forward(proposal);
  auto answer = link.asked.contains(order.id)
                    ? link.client.look(order.id)
                    : link.client.ask(*proposal, world_.key.public_key(),
                                      cat(evidence_base_, "/api/v1/orders/", order.id, "/evidence"));
  if (!answer && answer.error().kind == ErrorKind::not_found) link.asked.erase(order.id);
  if (!answer) return forward(answer);
  if (link.asked.size() > kRemembered) link.asked.clear();
  link.asked.insert(order.id);
  if (auto noted = note_answer(link, order.id, *answer); !noted) return forward(noted);
  return answer->status == AuthorityClient::Answer::Status::decided;
}

// What it said stands in the order; whether it counts is judged anew each time from there.
Status Consensus::note_answer(const Link& link, const std::string& id,
                              const AuthorityClient::Answer& answer) {
  const bool decided = answer.status == AuthorityClient::Answer::Status::decided;
  const auto known = world_.orders.find(id);
  if (!known) return forward(known);
  if (!decided && answer_of(*known, link.setting.name) != nullptr) return {};
  const auto decision = approvals::parse_decision(answer.statement.text);
  const std::string verdict = !decided   ? "pending"
                              : decision ? std::string(name(decision->verdict))
                                         : "unknown";
  const auto changed = world_.orders.change(id, [&](orders::Order& order) -> Status {
    if (has_decided(order, link.setting.name)) return {};
    set_answer(order, link.setting.name,
               json::Object{{"name", link.setting.name},
                            {"decision", verdict},
                            {"code", decision ? decision->code : ""},
                            {"by", decision ? decision->by : ""},
                            {"reason", answer.reason},
                            {"at", orders::to_ms(world_.clock.wall())},
                            {"statement", answer.statement.text},
                            {"signature", answer.statement.signature},
                            {"key", link.setting.key.base64()}});
    return {};
  });
  if (!changed) return forward(changed);
  if (decided) wake();
  return {};
}

// A witness that knows less or more than was thought says so, and is asked again from there. It may also know
// this very tree, when its cosignature was lost on the way: then it is asked for it once more.
bool Consensus::cosign(Link& link) {
  if (!link.setting.witness) return false;
  for (int again = 0; again < 3; ++again) {
    if (link.cosigned >= world_.notary.size()) return false;
    const auto request = world_.notary.request(link.known);
    if (!request) {
      world_.log.error(cat("ledger: ", request.error().what));
      return true;
    }
    const auto answer = link.client.add_checkpoint(request->body);
    if (!answer) {
      note_state(link, forward(answer));
      return true;
    }
    const Status status = take_cosignature(link, *request, *answer);
    note_state(link, status);
    if (!status) return false;
  }
  return true;
}

Status Consensus::take_cosignature(Link& link, const Notary::Request& request,
                                   const AuthorityClient::Cosigned& answer) {
  if (answer.status == 409) {
    const auto size = parse_number<uint64_t>(trim(answer.text));
    if (!size || *size > world_.notary.size())
      return fail(ErrorKind::conflict,
                  cat("has seen a longer ledger than this station's: ", answer.text.substr(0, 200)));
    if (*size == request.old)
      return fail(ErrorKind::conflict,
                  cat("has seen another ledger of ", *size, " entries than this station's"));
    link.known = *size;
    return {};
  }
  if (answer.status != 200)
    return fail(ErrorKind::denied,
                cat("does not cosign the ledger: ", answer.status, " ", answer.text.substr(0, 200)));
  if (auto added = world_.notary.add_cosignature(*link.setting.witness, request.size, answer.text); !added)
    return added;
  link.known = link.cosigned = request.size;
  wake();
  return {};
}

void Consensus::count(const std::stop_token& stop) {
  stay_in_background();
  uint64_t seen = 0;
  while (!stop.stop_requested()) {
    {
      const std::lock_guard lock(mutex_);
      seen = wakes_;
    }
    count_all();
    std::unique_lock lock(mutex_);
    wait(lock, stop, seen, std::chrono::seconds(1));
  }
}

void Consensus::count_all() {
  if (warned_.size() > kRemembered) warned_.clear();
  const auto open = world_.orders.all_in(orders::State::proposed);
  if (!open) {
    world_.log.error(cat("orders: ", open.error().what));
    return;
  }
  for (const auto& order : *open) settle(order);
  approve_cosigned();
}

Result<approvals::Ballot> Consensus::ballot_of(const orders::Order& order) {
  const auto proposal = proposal_of(order);
  if (!proposal) return forward(proposal);
  std::vector<approvals::Elector> electors;
  for (const auto& setting : file_.authorities) electors.push_back({setting.name, setting.key});
  auto ballot = approvals::Ballot::open(proposal->text, std::move(electors));
  if (!ballot || order.authorities.array() == nullptr) return ballot;
  for (const auto& one : *order.authorities.array()) {
    const approvals::Signed statement{text_of(one, "statement"), text_of(one, "signature")};
    if (statement.text.empty()) continue;
    const auto came = orders::from_ms(static_cast<int64_t>(number_of(one, "at")));
    const auto counted = ballot->add(text_of(one, "name"), statement, came);
    const bool suspect =
        counted.way == approvals::Counted::Way::lie || counted.way == approvals::Counted::Way::rejected;
    if (suspect && warned_.insert(cat(order.id, "/", text_of(one, "name"))).second)
      world_.log.warning(cat("authority '", text_of(one, "name"), "', order ", order.id, ": ", counted.code,
                             ", ", counted.reason));
  }
  return ballot;
}

void Consensus::settle(const orders::Order& order) {
  if (entry_of(order)) return;
  Result<Tally> tally = tally_of(order);
  if (!tally) {
    world_.log.error(cat("order ", order.id, ": ", tally.error().what));
    return;
  }
  using approvals::Standing;
  if (tally->standing == Standing::waiting) return;
  if (tally->standing == Standing::approved && world_.may_seal && !world_.may_seal(order)) {
    if (world_.clock.wall() < order.expires) return;
    tally->standing = Standing::expired;
  }
  const auto state = tally->standing == Standing::approved  ? orders::State::approved
                     : tally->standing == Standing::refused ? orders::State::refused
                                                            : orders::State::expired;
  if (auto sealed = seal(order, state, *tally); !sealed)
    world_.log.error(cat("order ", order.id, ": ", sealed.error().what));
}

// A station without authorities decides by itself; the ledger still says so.
Result<Consensus::Tally> Consensus::tally_of(const orders::Order& order) {
  if (file_.authorities.empty()) return Tally{approvals::Standing::approved, 0, 0, "[]"};
  const auto ballot = ballot_of(order);
  if (!ballot) return forward(ballot);
  return Tally{ballot->standing(world_.clock.wall()), ballot->approvals(), ballot->refusals(),
               ballot->decisions_file()};
}

Status Consensus::seal(const orders::Order& order, orders::State state, const Tally& tally) {
  const auto proposal = proposal_of(order);
  if (!proposal) return forward(proposal);
  const auto kept = world_.evidence.keep(as_bytes(tally.decisions));
  if (!kept) return forward(kept);
  const auto index = world_.notary.append({.order = order.id,
                                           .state = std::string(name(state)),
                                           .evidence = order.evidence.digest,
                                           .proposal = approvals::digest_of(proposal->text).hex(),
                                           .decisions = *kept,
                                           .at = orders::to_ms(world_.clock.wall())});
  if (!index) return forward(index);
  const auto changed = world_.orders.change(order.id, [&](orders::Order& now) -> Status {
    now.quorum = json::Object{{"needed", file_.quorum},
                              {"of", file_.authorities.size()},
                              {"approvals", tally.approvals},
                              {"refusals", tally.refusals},
                              {"entry", *index},
                              {"decisions", *kept}};
    if (state == orders::State::approved) return {};
    const bool expired = state == orders::State::expired;
    auto moved =
        advance(now, {state, "authorities", expired ? "expired" : "refused", "", world_.clock.wall()});
    if (!moved) return forward(moved);
    now = *std::move(moved);
    return {};
  });
  if (!changed) return forward(changed);
  wake();
  return {};
}

void Consensus::approve_cosigned() {
  const auto open = world_.orders.all_in(orders::State::proposed);
  if (!open) return;
  const uint64_t provable = world_.notary.cosigned_size();
  for (const auto& order : *open) {
    const auto index = entry_of(order);
    if (!index || *index >= provable) continue;
    json::Array names;
    for (const auto& one : world_.notary.cosigned_by()) names.emplace_back(one);
    const auto changed = world_.orders.change(order.id, [&](orders::Order& now) -> Status {
      if (now.proof.is_null()) {
        now.proof = json::Object{{"kind", "embedded"},
                                 {"index", *index},
                                 {"size", provable},
                                 {"cosigned", names},
                                 {"at", orders::to_ms(world_.clock.wall())}};
      }
      auto moved = advance(now, {orders::State::approved, "authorities", "quorum", "", world_.clock.wall()});
      if (!moved) return forward(moved);
      now = *std::move(moved);
      return {};
    });
    if (!changed) world_.log.error(cat("order ", order.id, ": ", changed.error().what));
  }
}

json::Value Consensus::authorities_json() const {
  json::Array out;
  const std::lock_guard lock(mutex_);
  for (const auto& link : links_) {
    out.emplace_back(
        json::Object{{"name", link->setting.name},
                     {"url", link->setting.url},
                     {"key", link->setting.key.base64()},
                     {"state", link->away ? "away" : "ready"},
                     {"last_seen", link->seen ? json::Value(orders::to_ms(*link->seen)) : json::Value()},
                     {"error", link->error}});
  }
  return json::Object{{"quorum", file_.quorum}, {"authorities", std::move(out)}};
}

}  // namespace oree::edge
