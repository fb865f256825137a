#include "nodes/authority/authority.h"

#include "base/text.h"
#include "nodes/authority/api.h"
#include "nodes/authority/chain.h"
#include "nodes/authority/judge.h"
#include "nodes/authority/teller.h"
#include "platform/crypto/key_file.h"
#include "platform/http/server.h"

namespace oree::authority {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t kMostBody = 64 << 10;
constexpr unsigned kWorkers = 8;  // most of them wait for the judge

}  // namespace

// Declared in the order of dependence; destroyed in reverse.
struct Authority::State {
  Settings settings;
  World world;
  std::unique_ptr<files::FolderLock> lock;
  std::unique_ptr<Store> store;
  std::optional<crypto::SigningKey> key;
  std::unique_ptr<ledger::Witness> witness;
  std::unique_ptr<Chain> chain;
  std::unique_ptr<Teller> teller;
  std::unique_ptr<Judge> judge;
  std::unique_ptr<Parts> parts;
  http::Router router;
  std::unique_ptr<http::Server> server;

  State(Settings s, World w) : settings(std::move(s)), world(std::move(w)) {}
  Status open(const fs::path& data);
  Status open_witness(const fs::path& data);
  Status open_chain();
  Status serve();
};

// The logs are those of the stations, which sign checkpoints with the key they propose with.
Status Authority::State::open_witness(const fs::path& data) {
  auto own = crypto::open_key(data / "witness.key");
  if (!own) return forward(own);
  std::vector<ledger::VerifierKey> logs;
  for (const auto& station : settings.rules.stations) {
    auto log = ledger::verifier_key(log_origin(station.name), ledger::KeyType::note, station.key);
    if (!log) return forward(log);
    logs.push_back(*std::move(log));
  }
  auto opened = ledger::Witness::open(data / "witness", settings.rules.authority, *own, std::move(logs),
                                      world.disk, world.clock);
  if (!opened) return forward(opened);
  witness = *std::move(opened);
  return {};
}

Status Authority::State::open_chain() {
  if (!settings.chain || world.on_approved) return {};
  auto opened = Chain::open(*settings.chain, world.clock, world.log);
  if (!opened) return forward(opened);
  chain = *std::move(opened);
  world.on_approved = [this](const ApprovedOrder& order) { return chain->approve(order); };
  return {};
}

Status Authority::State::open(const fs::path& data) {
  if (auto made = world.disk.make_folder(data); !made) return made;
  auto locked = world.disk.lock(data);
  if (!locked) return forward(locked);
  lock = *std::move(locked);
  auto opened_key = crypto::open_key(data / "authority.key");
  if (!opened_key) return forward(opened_key);
  key = *std::move(opened_key);
  if (auto status = open_witness(data); !status) return status;
  if (auto status = open_chain(); !status) return status;
  auto opened = Store::open(data / "authority.db", static_cast<bool>(world.on_approved));
  if (!opened) return forward(opened);
  store = *std::move(opened);
  teller = std::make_unique<Teller>(*store, world.on_approved, world.log);
  judge =
      std::make_unique<Judge>(settings, *key, *store, world.clock, world.log, [this] { teller->nudge(); });
  return judge->start();
}

Status Authority::State::serve() {
  parts = std::make_unique<Parts>(Parts{settings, world.clock, *store, *judge, key->public_key(), *witness,
                                        chain ? chain->address() : ""});
  mount_proposals(router, *parts);
  mount_identity(router, *parts);
  mount_page(router);
  http::ServerOptions options;
  options.address = settings.address;
  options.port = settings.port;
  options.workers = kWorkers;
  options.max_body_bytes = kMostBody;
  options.max_connections = 1000;
  auto started = http::Server::start(options, router, world.log);
  if (!started) return forward(started);
  server = *std::move(started);
  return {};
}

Authority::Authority(std::unique_ptr<State> state) : state_(std::move(state)) {}

Authority::~Authority() {
  stop();
}

Result<std::unique_ptr<Authority>> Authority::start(Settings settings, const fs::path& data, World world) {
  auto state = std::make_unique<State>(std::move(settings), std::move(world));
  if (auto status = state->open(data); !status) return forward(status);
  if (auto status = state->serve(); !status) return forward(status);
  return std::unique_ptr<Authority>(new Authority(std::move(state)));
}

void Authority::stop() {
  if (state_->server) state_->server->stop();
  if (state_->judge) state_->judge->stop();
  if (state_->teller) state_->teller->stop();
}

std::string Authority::url() const {
  const bool v6 = state_->settings.address.find(':') != std::string::npos;
  return cat("http://", v6 ? "[" : "", state_->settings.address, v6 ? "]:" : ":", state_->server->port());
}

const crypto::PublicKey& Authority::key() const {
  return state_->key->public_key();
}

const ledger::VerifierKey& Authority::witness_key() const {
  return state_->witness->key();
}

}  // namespace oree::authority
