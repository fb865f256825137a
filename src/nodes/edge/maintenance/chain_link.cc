#include "nodes/edge/maintenance/chain_link.h"

#include <algorithm>
#include <iterator>

#include "base/background.h"
#include "base/text.h"

namespace oree::edge {
namespace {

using ethereum::BookEvent;

constexpr uint64_t kMostPosition = 4096;

Result<ethereum::ChainPosition> load_position(files::Disk& disk, const std::filesystem::path& file) {
  const auto bytes = disk.read(file, kMostPosition);
  if (!bytes && bytes.error().kind == ErrorKind::not_found) return ethereum::ChainPosition{};
  if (!bytes) return forward(bytes);
  return ethereum::parse_position(trim(as_text(*bytes)));
}

ethereum::ChainSettings chain_settings(const ChainSetting& setting) {
  return {.chain_id = setting.chain_id,
          .contract = setting.contract,
          .first_block = setting.first_block,
          .signers = setting.signers,
          .confirmations = setting.confirmations,
          .period = setting.period,
          .fees = {}};
}

}  // namespace

Result<std::unique_ptr<ChainLink>> ChainLink::open(const ChainSetting& setting,
                                                   const std::filesystem::path& folder, World world) {
  auto key = ethereum::Key::load(setting.key_file);
  if (!key) return forward(key);
  auto position = load_position(world.disk, folder / "chain.position");
  if (!position) return forward(position, (folder / "chain.position").string());
  std::unique_ptr<ChainLink> link(new ChainLink(setting, *std::move(key), folder, std::move(world)));
  link->position_ = *position;
  return link;
}

ChainLink::ChainLink(const ChainSetting& setting, ethereum::Key key, std::filesystem::path folder,
                     World world)
    : setting_(setting),
      world_(std::move(world)),
      position_file_(folder / "chain.position"),
      rpc_({.url = *http::parse_url(setting.rpc)}),
      ledger_(rpc_, chain_settings(setting), world_.clock, std::move(key)) {}

void ChainLink::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

void ChainLink::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void ChainLink::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_.notify_one();
}

void ChainLink::work(const std::stop_token& stop) {
  stay_in_background();
  while (!stop.stop_requested()) {
    const bool waiting = propose_open();
    if (waiting) {
      note_health(read());
    } else {
      note_health({});
    }
    std::unique_lock lock(mutex_);
    const auto pause = waiting ? std::max(setting_.period / 4, milliseconds(100)) : milliseconds(5'000);
    wake_.wait_for(lock, stop, pause, [&] { return std::exchange(woken_, false); });
  }
}

bool ChainLink::propose_open() {
  const auto orders = world_.orders.all_in(orders::State::proposed);
  if (!orders) return true;  // the last look's stay in force
  std::map<ethereum::Word, std::string> open;
  std::set<ethereum::Word> settled;
  for (const auto& order : *orders) {
    if (is_executed(order) || world_.clock.wall() >= order.expires) continue;
    const auto word = ethereum::order_word(order.id);
    open[word] = order.id;
    if (settled_.contains(word) || propose(word, order)) settled.insert(word);
  }
  open_ = std::move(open);
  settled_ = std::move(settled);
  return !open_.empty();
}

// True: the proposal stands there for good.
bool ChainLink::propose(const ethereum::Word& word, const orders::Order& order) {
  const auto proposal = world_.proposal_of(order);
  const auto root = crypto::parse_digest(order.evidence.digest);
  if (!proposal || !root) return false;
  const auto sent = ledger_.submit({.kind = ethereum::BookCall::Kind::propose,
                                    .order = word,
                                    .proposal = ethereum::digest_word(approvals::digest_of(proposal->text)),
                                    .data_root = ethereum::digest_word(*root),
                                    .expires = std::chrono::floor<std::chrono::seconds>(order.expires)});
  if (!sent) note_health(forward(sent));
  return sent && sent->state == ethereum::Submission::State::final;
}

Status ChainLink::read() {
  for (bool more = true; more;) {
    const auto news = ledger_.look(position_);
    if (!news) return forward(news);
    for (const auto& event : news->events) {
      if (auto taken = take(event); !taken) return taken;
    }
    more = news->more;
    if (news->position == position_) return {};
    const std::string text = news->position.text();
    if (auto kept = world_.disk.write(position_file_, as_bytes(text)); !kept) return kept;
    position_ = news->position;
  }
  return {};
}

Status ChainLink::take(const BookEvent& event) {
  if (event.kind != BookEvent::Kind::executed) return {};
  const auto known = open_.find(event.order);
  if (known == open_.end()) return {};
  const auto changed = world_.orders.change(known->second, [&](orders::Order& order) -> Status {
    order.proof = json::Object{{"kind", "ethereum"},
                               {"chain_id", setting_.chain_id},
                               {"contract", setting_.contract.text()},
                               {"transaction", ethereum::data_text(event.transaction)},
                               {"block", event.block},
                               {"at", orders::to_ms(world_.clock.wall())}};
    return {};
  });
  if (!changed) return forward(changed);
  world_.on_executed();
  return {};
}

bool ChainLink::is_executed(const orders::Order& order) const {
  const auto* kind = order.proof.find("kind");
  return kind != nullptr && kind->text() != nullptr && *kind->text() == "ethereum";
}

void ChainLink::note_health(const Status& status) {
  const std::lock_guard lock(mutex_);
  health_ = ledger_.health();
  const std::string error = status ? "" : status.error().what;
  if (!error.empty() && error != error_) world_.log.warning(cat("chain: ", error));
  error_ = error;
}

json::Value ChainLink::json() const {
  const std::lock_guard lock(mutex_);
  return json::Object{{"rpc", setting_.rpc},
                      {"chain_id", setting_.chain_id},
                      {"contract", setting_.contract.text()},
                      {"state", ethereum::word_of(health_.state)},
                      {"sentence", health_.sentence},
                      {"head", health_.head},
                      {"error", error_}};
}

}  // namespace oree::edge
