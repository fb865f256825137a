#include "nodes/hub/hub.h"

#include <condition_variable>
#include <thread>

#include "base/text.h"
#include "nodes/hub/door/names.h"
#include "nodes/hub/parts.h"
#include "platform/config/node.h"
#include "platform/crypto/key_file.h"
#include "platform/http/server.h"

namespace oree::hub {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t kMostBody = uint64_t{512} << 20;  // a file of a package comes in one piece
constexpr unsigned kWorkers = 4;
constexpr milliseconds kBeat{250};          // long polls, pages
constexpr milliseconds kFlush{1'000};       // what was reported
constexpr std::chrono::minutes kFresh{10};  // TUF's timestamp

Result<std::vector<crypto::Certificate>> load_authorities(const fs::path& file) {
  if (file.empty()) return std::vector<crypto::Certificate>{};
  const auto text = config::load_text(file.string());
  if (!text) return forward(text);
  auto read = crypto::Certificate::from_pem(*text);
  return read ? std::move(read) : forward(read, file.string());
}

}  // namespace

// Declared in the order of dependence; destroyed in reverse.
struct Hub::State {
  Settings settings;
  World world;
  std::unique_ptr<files::FolderLock> lock;
  std::unique_ptr<Shelf> shelf;
  std::unique_ptr<Audit> audit;
  std::unique_ptr<Vouching> vouching;
  std::unique_ptr<Packages> packages;
  std::unique_ptr<Artefacts> artefacts;
  std::unique_ptr<Uploads> uploads;
  std::unique_ptr<PackageCache> cache;
  std::unique_ptr<PeopleStore> people;
  std::unique_ptr<DeviceStore> devices;
  std::unique_ptr<Access> access;
  std::unique_ptr<Fleet> fleet;
  std::unique_ptr<EvidenceBook> evidence;
  std::unique_ptr<Conductor> conductor;
  Feed feed;
  std::unique_ptr<Flood> flood;
  std::unique_ptr<Parts> parts;
  http::Router router;
  std::unique_ptr<http::Server> server;
  std::mutex mutex;
  std::condition_variable_any woken;
  bool nudged = false;
  std::jthread beat;

  State(Settings s, World w) : settings(std::move(s)), world(std::move(w)) {}
  Status open(const fs::path& data);
  Status open_fleet();
  Status serve(const crypto::PublicKey& key);
  void run(const std::stop_token& stop);
  void keep(const Status& done, std::string_view what);
  void nudge();
};

void Hub::State::nudge() {
  {
    const std::lock_guard guard(mutex);
    nudged = true;
  }
  woken.notify_all();
}

Status Hub::State::open_fleet() {
  const auto note = [this](std::string_view what, json::Object facts) { audit->add(what, std::move(facts)); };
  cache = std::make_unique<PackageCache>(*packages);
  people = std::make_unique<PeopleStore>(*shelf);
  devices = std::make_unique<DeviceStore>(*shelf);
  access = std::make_unique<Access>(world.clock, settings.access_for);
  auto opened_fleet = Fleet::open(*devices, *cache, *access, settings, world.clock, note);
  if (!opened_fleet) return forward(opened_fleet);
  fleet = *std::move(opened_fleet);
  evidence = std::make_unique<EvidenceBook>(*shelf);
  if (auto loaded = evidence->load(); !loaded) return loaded;
  auto opened = Conductor::open(*shelf, *fleet, *packages, *cache, *evidence, world.clock, world.log, note);
  if (!opened) return forward(opened);
  conductor = *std::move(opened);
  flood = std::make_unique<Flood>(world.clock, settings.enrolment.per_minute);
  return {};
}

Status Hub::State::open(const fs::path& data) {
  if (auto made = world.disk.make_folder(data); !made) return made;
  auto locked = world.disk.lock(data);
  if (!locked) return forward(locked);
  lock = *std::move(locked);
  auto key = crypto::open_key(data / "hub.key");
  if (!key) return forward(key);
  auto opened_shelf = Shelf::open(data / "hub.db");
  if (!opened_shelf) return forward(opened_shelf);
  shelf = *std::move(opened_shelf);
  auto opened_audit = Audit::open(data / "audit", settings.hub, *key, world.disk, world.clock, world.log);
  if (!opened_audit) return forward(opened_audit);
  audit = *std::move(opened_audit);
  auto opened_vouching = Vouching::open(data, world.disk, world.clock);
  if (!opened_vouching) return forward(opened_vouching);
  vouching = *std::move(opened_vouching);
  auto opened_packages = Packages::open(*shelf, data, settings.packages, *vouching, world.clock);
  if (!opened_packages) return forward(opened_packages);
  packages = *std::move(opened_packages);
  auto opened_artefacts = Artefacts::open(*shelf, *packages, world.clock);
  if (!opened_artefacts) return forward(opened_artefacts);
  artefacts = *std::move(opened_artefacts);
  uploads = std::make_unique<Uploads>(data / "uploads", packages->blobs(), world.disk, world.clock);
  if (auto prepared = uploads->prepare(); !prepared) return prepared;
  if (settings.packages.allow_unsigned)
    world.log.warning("packages.allow_unsigned: whoever may publish here can put any model on every station");
  if (auto opened = open_fleet(); !opened) return opened;
  return serve(key->public_key());
}

Status Hub::State::serve(const crypto::PublicKey& key) {
  auto authorities = load_authorities(settings.enrolment.authorities);
  if (!authorities) return forward(authorities);
  parts =
      std::make_unique<Parts>(Parts{settings, world.clock, world.log, *people, *packages, *cache, *vouching,
                                    *artefacts, *uploads, *access, *fleet, *evidence, *conductor, *audit,
                                    feed, *flood, key, *std::move(authorities), [this] { nudge(); }});
  mount_stations(router, *parts);
  mount_files(router, *parts);
  mount_devices(router, *parts);
  mount_packages(router, *parts);
  mount_registry(router, *parts);
  mount_rollouts(router, *parts);
  mount_status(router, *parts);
  if (world.mount_pages) world.mount_pages(router);
  http::ServerOptions options;
  options.address = settings.address;
  options.port = settings.port;
  options.tls = {settings.tls.certificate, settings.tls.key, settings.tls.client_ca,
                 settings.tls.require_client_certificate};
  options.workers = kWorkers;
  options.max_queue = 2'000;
  options.max_body_bytes = kMostBody;
  auto started = http::Server::start(options, router, world.log);
  if (!started) return forward(started);
  server = *std::move(started);
  beat = std::jthread([this](const std::stop_token& stop) { run(stop); });
  return {};
}

void Hub::State::keep(const Status& done, std::string_view what) {
  if (!done) world.log.error(cat(what, ": ", done.error().what));
}

// One thread looks at everything that happens by itself.
void Hub::State::run(const std::stop_token& stop) {
  MonoTime ticked{}, flushed = world.clock.mono(), refreshed = flushed;
  uint64_t shown_fleet = 0, shown_rollouts = 0;
  bool changed = false;
  while (!stop.stop_requested()) {
    {
      std::unique_lock guard(mutex);
      woken.wait_for(guard, stop, kBeat, [] { return false; });
      changed = std::exchange(nudged, false) || changed;
    }
    const MonoTime now = world.clock.mono();
    fleet->answer_overdue();
    if (changed || now - ticked >= settings.tick) {
      conductor->tick();
      ticked = now;
      changed = false;
    }
    if (now - flushed >= kFlush) {
      keep(fleet->flush(), "what stations reported is not on disk");
      keep(evidence->flush(), "what stations measured is not on disk");
      flushed = now;
    }
    if (now - refreshed >= kFresh) {
      keep(vouching->keep_fresh(), "TUF's timestamp gets old");
      refreshed = now;
    }
    const uint64_t fleet_now = fleet->version(), rollouts_now = conductor->version();
    if (fleet_now != shown_fleet || rollouts_now != shown_rollouts)
      feed.tell("changed", json::print(json::Object{{"fleet", fleet_now}, {"rollouts", rollouts_now}}));
    shown_fleet = fleet_now;
    shown_rollouts = rollouts_now;
  }
}

Hub::Hub(std::unique_ptr<State> state) : state_(std::move(state)) {}

Hub::~Hub() {
  stop();
}

Result<std::unique_ptr<Hub>> Hub::start(Settings settings, const fs::path& data, World world) {
  auto state = std::make_unique<State>(std::move(settings), std::move(world));
  if (auto status = state->open(data); !status) return forward(status);
  return std::unique_ptr<Hub>(new Hub(std::move(state)));
}

bool Hub::answers(milliseconds within) {
  return state_->server->answers(within);
}

void Hub::stop() {
  state_->beat.request_stop();
  state_->woken.notify_all();
  if (state_->beat.joinable()) state_->beat.join();
  if (state_->fleet) state_->fleet->stop();
  if (state_->server) state_->server->stop();
  if (state_->fleet) state_->keep(state_->fleet->flush(), "what stations reported is not on disk");
  if (state_->evidence) state_->keep(state_->evidence->flush(), "what stations measured is not on disk");
}

std::string Hub::url() const {
  const bool v6 = state_->settings.address.find(':') != std::string::npos;
  return cat(state_->settings.scheme(), v6 ? "[" : "", state_->settings.address, v6 ? "]:" : ":",
             state_->server->port());
}

Result<std::string> invite(const fs::path& data, const NewInvitation& wanted, const Clock& clock) {
  files::RealDisk disk;
  // Made by whoever comes first; a hub that runs has made it.
  const auto root = disk.read(data / "tuf" / "metadata" / "1.root.json", 1 << 20);
  if (!root)
    return fail(root.error().kind, cat(root.error().what, "; start the hub once before it invites anybody"));
  auto shelf = Shelf::open(data / "hub.db");
  if (!shelf) return forward(shelf);
  const int64_t now = now_ms(clock);
  const auto secret = PeopleStore(**shelf).invite(
      {.note = wanted.note, .uses = wanted.uses, .expires = now + wanted.minutes * 60'000, .created = now});
  if (!secret) return forward(secret);
  return cat("oree1.", *secret, ".", crypto::sha256(*root).hex());
}

Result<std::string> add_person(const fs::path& data, const std::string& name, std::string_view role,
                               const Clock& clock) {
  const auto wanted = parse_role(role);
  if (!wanted) return fail(ErrorKind::invalid, cat("'", role, "' is no role: operator, engineer or admin"));
  if (!is_name(name)) return fail(ErrorKind::invalid, cat("'", name, "' ", kNameRule));
  if (std::error_code error; !fs::is_directory(data, error))
    return fail(ErrorKind::not_found, cat("there is no folder ", data.string(), "; start the hub once"));
  auto shelf = Shelf::open(data / "hub.db");
  if (!shelf) return forward(shelf);
  return PeopleStore(**shelf).add_person({name, *wanted}, now_ms(clock));
}

}  // namespace oree::hub
