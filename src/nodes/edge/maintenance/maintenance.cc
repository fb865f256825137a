#include "nodes/edge/maintenance/maintenance.h"

#include "base/text.h"
#include "nodes/edge/maintenance/chain_link.h"
#include "nodes/edge/maintenance/consensus.h"
#include "nodes/edge/maintenance/erp_link.h"
#include "nodes/edge/maintenance/event_link.h"
#include "nodes/edge/maintenance/notary.h"
#include "nodes/edge/maintenance/proposer.h"

namespace oree::edge {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t kMostKey = 16 << 10;

// The station's own key; made at the first start, for its owner's eyes only.
Result<crypto::SigningKey> station_key(files::Disk& disk, const fs::path& file) {
  const auto bytes = disk.read(file, kMostKey);
  if (bytes) {
    auto key = crypto::SigningKey::from_pem(as_text(*bytes));
    return key ? key : forward(key, file.string());
  }
  if (bytes.error().kind != ErrorKind::not_found) return forward(bytes);
  const auto key = crypto::SigningKey::generate();
  const std::string pem = key.pem();
  if (auto kept = disk.write(file, as_bytes(pem)); !kept) return forward(kept);
  std::error_code failed;
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write, failed);
  if (failed) return fail(ErrorKind::denied, cat(file.string(), ": ", failed.message()));
  return key;
}

bool is_closed(orders::State state) {
  return state == orders::State::done || state == orders::State::cancelled;
}

}  // namespace

// Declared in the order of dependence; destroyed in reverse.
struct Maintenance::State {
  const MaintenanceFile file;
  World world;
  const std::string station;
  std::unique_ptr<orders::OrderStore> orders;
  std::unique_ptr<orders::EvidenceStore> evidence;
  std::unique_ptr<Notary> notary;
  std::unique_ptr<Consensus> consensus;
  std::unique_ptr<ChainLink> chain;
  std::unique_ptr<ErpLink> erp;
  std::unique_ptr<EventLink> events;
  std::unique_ptr<Proposer> proposer;

  State(const MaintenanceFile& f, World w, std::string name)
      : file(f), world(std::move(w)), station(std::move(name)) {}
  Status open(const fs::path& data);
  Status open_ledgers(const fs::path& data, const crypto::SigningKey& key);
  void told(const orders::Order& order);
  Status record_end(const orders::Order& order);
  void watch_metrics();
};

Status Maintenance::State::open(const fs::path& data) {
  if (auto made = world.disk.make_folder(data); !made) return made;
  auto key = station_key(world.disk, data / "station.key");
  if (!key) return forward(key);
  auto store = orders::OrderStore::open(data / "orders.db", station, world.clock);
  if (!store) return forward(store);
  orders = *std::move(store);
  evidence = std::make_unique<orders::EvidenceStore>(world.disk, data / "evidence");
  if (auto opened = open_ledgers(data, *key); !opened) return opened;
  auto link = ErpLink::open(data / "erp.db", file.erp, *orders, world.clock, world.log);
  if (!link) return forward(link);
  erp = *std::move(link);
  auto pump = EventLink::open(
      file, data, *orders, {world.clock, world.disk, world.log, station, file.evidence_url, world.publish});
  if (!pump) return forward(pump);
  events = *std::move(pump);
  orders->on_change([this](const orders::Order& order) { told(order); });
  proposer = std::make_unique<Proposer>(
      file.orders, station, Proposer::World{world.clock, world.log, *orders, *evidence, world.items});
  watch_metrics();
  return {};
}

Status Maintenance::State::open_ledgers(const fs::path& data, const crypto::SigningKey& key) {
  auto opened = Notary::open(data / "ledger", station, key, file, world.disk, world.clock);
  if (!opened) return forward(opened);
  notary = *std::move(opened);
  Consensus::World asking{world.clock, world.log, *orders, *evidence, *notary, key, station};
  if (file.chain) asking.may_seal = [this](const orders::Order& order) { return chain->is_executed(order); };
  consensus = std::make_unique<Consensus>(file, std::move(asking));
  if (!file.chain) return {};
  auto second = ChainLink::open(*file.chain, data,
                                {world.clock, world.disk, world.log, *orders,
                                 [this](const orders::Order& order) { return consensus->proposal_of(order); },
                                 [this] { consensus->wake(); }});
  if (!second) return forward(second);
  chain = *std::move(second);
  return {};
}

// After each change, on the thread that made it.
void Maintenance::State::told(const orders::Order& order) {
  world.feed.publish("order", json::print(order_json(order)));
  if (order.state == orders::State::proposed) {
    consensus->wake();
    if (chain) chain->wake();
  }
  if (is_closed(order.state)) {
    if (auto recorded = record_end(order); !recorded)
      world.log.error(cat("order ", order.id, ", ledger: ", recorded.error().what));
  }
  erp->note(order);
  events->wake();
}

// How an order ended stands in the ledger, too; the next checkpoint proves it.
Status Maintenance::State::record_end(const orders::Order& order) {
  const auto proposal = consensus->proposal_of(order);
  if (!proposal) return forward(proposal);
  const auto index = notary->append({.order = order.id,
                                     .state = std::string(orders::name(order.state)),
                                     .evidence = order.evidence.digest,
                                     .proposal = approvals::digest_of(proposal->text).hex(),
                                     .decisions = std::string(64, '0'),
                                     .at = orders::to_ms(order.updated)});
  if (!index) return forward(index);
  consensus->wake();
  return {};
}

void Maintenance::State::watch_metrics() {
  world.metrics.callback("oree_ledger_entries", "Entries of the ledger.", {},
                         [this] { return static_cast<double>(notary->size()); });
  world.metrics.callback("oree_ledger_cosigned_entries", "Entries that witnesses have cosigned.", {},
                         [this] { return static_cast<double>(notary->cosigned_size()); });
  world.metrics.callback("oree_order_sightings_dropped_total", "Sightings that came too fast to be sealed.",
                         {}, [this] { return static_cast<double>(proposer->dropped()); });
}

Maintenance::Maintenance(std::unique_ptr<State> state) : state_(std::move(state)) {}

Maintenance::~Maintenance() {
  stop();
}

Result<std::unique_ptr<Maintenance>> Maintenance::start(const MaintenanceFile& file, const fs::path& data,
                                                        std::string station, World world) {
  auto state = std::make_unique<State>(file, std::move(world), std::move(station));
  if (auto status = state->open(data); !status) return forward(status, "maintenance");
  return std::unique_ptr<Maintenance>(new Maintenance(std::move(state)));
}

void Maintenance::open_doors(const std::string& url) {
  State& s = *state_;
  s.consensus->start(s.file.evidence_url.empty() ? url : s.file.evidence_url);
  if (s.chain) s.chain->start();
  s.events->start();
  if (auto started = s.erp->start(); !started)
    s.world.log.error(cat("approved orders were not taken up: ", started.error().what));
}

void Maintenance::stop() {
  State& s = *state_;
  if (s.proposer) s.proposer->stop();
  if (s.chain) s.chain->stop();
  if (s.consensus) s.consensus->stop();
  if (s.events) s.events->stop();
}

void Maintenance::note(AnomalySighting seen) {
  state_->proposer->note(std::move(seen));
}

void Maintenance::note(const inspection::Item& item) {
  KoRun::Part part{.item = item.id,
                   .refused = item.verdict.decision == inspection::Decision::ko,
                   .labels = {},
                   .models = {},
                   .at = item.created};
  if (part.refused) {
    for (const auto& step : item.steps) {
      if (!step.model.digest.empty()) part.models.push_back(cat(step.model.name, "/", step.model.version));
      if (!step.prediction || step.verdict.decision != inspection::Decision::ko) continue;
      if (const auto* best = step.prediction->best()) part.labels.push_back(best->label);
      for (const auto& object : step.prediction->objects) part.labels.push_back(object.label);
    }
  }
  state_->proposer->note(part);
}

Result<orders::Order> Maintenance::propose(const json::Value& body) {
  return state_->proposer->propose(body);
}

orders::OrderStore& Maintenance::orders() {
  return *state_->orders;
}

orders::EvidenceStore& Maintenance::evidence() {
  return *state_->evidence;
}

json::Value Maintenance::authorities_json() {
  return state_->consensus->authorities_json();
}

json::Value Maintenance::ledger_json() {
  json::Value out = state_->notary->json();
  out.set("kind", state_->chain ? "ethereum" : "embedded");
  out.set("chain", state_->chain ? state_->chain->json() : json::Value());
  out.set("erp", state_->erp->json());
  return out;
}

Result<json::Value> Maintenance::ledger_entries_json(uint64_t from, size_t limit) {
  return state_->notary->entries_json(from, limit);
}

Result<std::string> Maintenance::ledger_file(const std::string& path) {
  return state_->notary->file(path);
}

Result<std::string> Maintenance::proof(const std::string& id) {
  const auto order = state_->orders->find(id);
  if (!order) return forward(order);
  const auto* entry = order->quorum.find("entry");
  const auto index = entry != nullptr ? entry->integer() : std::nullopt;
  if (!index) return fail(ErrorKind::not_found, cat("order ", id, " does not stand in the ledger yet"));
  return state_->notary->proof(static_cast<uint64_t>(*index));
}

json::Value Maintenance::subscriptions_json() {
  return state_->events->subscriptions_json();
}

Result<json::Value> Maintenance::deliveries_json(const std::string& subscription, const std::string& state,
                                                 size_t limit) {
  return state_->events->deliveries_json(subscription, state, limit);
}

Result<json::Value> Maintenance::dead_json(size_t limit) {
  return state_->events->dead_json(limit);
}

bool Maintenance::confirm_subscription(std::string_view code) {
  return state_->events->confirm(code);
}

Status Maintenance::retry_erp(const std::string& order) {
  return state_->erp->again(order);
}

Status Maintenance::retry_dead(const std::string& id) {
  return state_->events->retry_dead(id);
}

}  // namespace oree::edge
