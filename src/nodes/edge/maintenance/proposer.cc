#include "nodes/edge/maintenance/proposer.h"

#include "base/background.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"

namespace oree::edge {
namespace {

constexpr size_t kMostWaiting = 64;
using Way = orders::OrderStore::Placing::Way;

std::string text_of(const json::Value& body, std::string_view key) {
  const auto* value = body.find(key);
  return value != nullptr && value->text() != nullptr ? *value->text() : "";
}

std::string new_id(const Clock& clock) {
  return crypto::new_uuid(orders::to_ms(clock.wall()));
}

bool is_line(const std::string& text, size_t most) {
  return !text.empty() && text.size() <= most && text.find_first_of("\r\n") == std::string::npos;
}

}  // namespace

Proposer::Proposer(std::vector<orders::OrderRule> rules, const std::string& station, World world)
    : rules_(std::move(rules)), world_(std::move(world)) {
  for (const auto& rule : rules_) {
    if (rule.on != orders::OrderRule::On::ko_run) continue;
    runs_.push_back({&rule, KoRun(rule.asset.empty() ? station : rule.asset, rule.count, rule.of)});
  }
  thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

void Proposer::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void Proposer::push(Found found) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= kMostWaiting) {
      ++dropped_;
      return;
    }
    queue_.push_back(std::move(found));
  }
  wake_.notify_one();
}

void Proposer::note(AnomalySighting seen) {
  if (orders::rule_for_anomaly(rules_, seen.machine, seen.setting.watch.name) == nullptr) return;
  push(std::move(seen));
}

void Proposer::note(const KoRun::Part& part) {
  std::vector<KoFound> found;
  {
    const std::lock_guard lock(mutex_);
    for (auto& run : runs_) {
      if (auto seen = run.counter.note(part)) found.push_back({run.rule, *std::move(seen)});
    }
  }
  for (auto& one : found) push(std::move(one));
}

uint64_t Proposer::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

void Proposer::work(const std::stop_token& stop) {
  stay_in_background();
  for (;;) {
    std::unique_lock lock(mutex_);
    if (!wake_.wait(lock, stop, [&] { return !queue_.empty(); })) return;
    const Found found = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    std::visit([this](const auto& one) { take(one); }, found);
  }
}

Result<orders::OrderStore::Placing> Proposer::place(const orders::OrderRule& rule, const std::string& key,
                                                    const std::string& asset, json::Value cause,
                                                    const std::function<Result<DataSet>()>& gather) {
  return world_.orders.place({key, asset, rule.fault, rule.cool_down}, [&]() -> Result<orders::Order> {
    auto set = gather();
    if (!set) return forward(set);
    auto sealed = world_.evidence.seal(std::move(set->facts), set->parts);
    if (!sealed) return forward(sealed);
    orders::Order order =
        orders::draft(rule, new_id(world_.clock), asset, std::move(cause), world_.clock.wall());
    order.evidence = *std::move(sealed);
    return order;
  });
}

void Proposer::take(const AnomalySighting& seen) {
  const auto* rule = orders::rule_for_anomaly(rules_, seen.machine, seen.setting.watch.name);
  const auto placed = place(*rule, seen.id, seen.machine, cause_json(seen), [&] { return data_set(seen); });
  if (!placed) {
    world_.log.error(cat("no order for ", seen.machine, ": ", placed.error().what));
  } else if (placed->way == Way::proposed) {
    world_.log.info(cat("order ", placed->order->id, " proposed: ", rule->fault, " of ", seen.machine));
  }
}

void Proposer::take(const KoFound& found) {
  const auto& seen = found.seen;
  const auto placed = place(*found.rule, cat("ko_run ", seen.id), seen.asset, cause_json(seen),
                            [&] { return data_set(seen, world_.source); });
  if (!placed) {
    world_.log.error(cat("no order for ", seen.asset, ": ", placed.error().what));
  } else if (placed->way == Way::proposed) {
    world_.log.info(cat("order ", placed->order->id, " proposed: ", found.rule->fault, " of ", seen.asset));
  }
}

Result<orders::Order> Proposer::propose(const json::Value& body) {
  const std::string asset = text_of(body, "asset"), fault = text_of(body, "fault"), by = text_of(body, "by");
  if (!is_line(asset, 200)) return fail(ErrorKind::invalid, "'asset' must name a machine, on one line");
  if (!is_line(fault, 64)) return fail(ErrorKind::invalid, "'fault' must be a short word, on one line");
  if (!is_line(by, 100)) return fail(ErrorKind::invalid, "'by' must name who proposes");
  orders::OrderRule rule;
  // A rule for that fault says what is to be done; without one the person's words do.
  for (const auto& known : rules_) {
    if (known.fault == fault) rule = known;
  }
  rule.fault = fault;
  if (const auto text = text_of(body, "priority"); !text.empty()) {
    const auto priority = orders::parse_priority(text);
    if (!priority) return fail(ErrorKind::invalid, "'priority' must be low, normal, high or urgent");
    rule.priority = *priority;
  }
  json::Object cause{{"kind", "person"}, {"by", by}, {"sentence", text_of(body, "sentence").substr(0, 2000)}};
  const std::string said = json::print(cause);
  const auto gather = [&]() -> Result<DataSet> {
    const auto bytes = as_bytes(said);
    return DataSet{{{"asset", asset},
                    {"configuration", ""},
                    {"detector", json::Object{{"name", "person"}, {"model", ""}, {"model_digest", ""}}},
                    {"scores", json::Array{}}},
                   {{"cause.json", "application/json", ByteBuffer(bytes.begin(), bytes.end())}}};
  };
  auto placed = place(rule, cat("person ", new_id(world_.clock)), asset, std::move(cause), gather);
  if (!placed) return forward(placed);
  if (placed->way == Way::proposed) return *std::move(placed->order);
  if (placed->way == Way::merged) return *std::move(placed->order);
  return fail(ErrorKind::conflict, cat("an order for ", fault, " of ", asset, " was closed a moment ago"));
}

}  // namespace oree::edge
