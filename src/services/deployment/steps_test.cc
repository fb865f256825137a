// 300 deployments and more, one after the other on one station, with a fault at each step: the process ends
// right after what the step made durable, with the power or without; or the step itself fails. Each ends with
// the new package or with the one before, and at no moment is there nothing that answers.
//
// OREE_STEPS_TABLE=1 prints the table of bench/FLEET.md.
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>

#include "base/testing/fake_clock.h"
#include "platform/files/testing/fake_disk.h"
#include "services/deployment/testing/bench_hub.h"
#include "services/deployment/testing/dying_disk.h"

namespace oree::deployment {
namespace {

using files::testing::FakeDisk;
using oree::testing::FakeClock;
using testing::BenchHub;
using testing::BenchPackage;
using testing::BenchWorkplace;
using testing::DyingDisk;
using testing::make_package;
using testing::wish_for;

const files::Path kFolder = "/data/deployment";

enum class Death { none, killed, power_cut };

// The station, its hub and its disk; the disk lives through everything.
struct Life {
  FakeDisk platters{7};
  BenchHub hub;
  FakeClock clock;
  NullLog log;
  std::unique_ptr<DyingDisk> disk;
  std::unique_ptr<BenchWorkplace> workplace;
  std::unique_ptr<SlotStore> store;
  std::unique_ptr<Installer> installer;
  int boots = 0, asked = 0;
  std::string unsigned_digest;  // nobody who may has signed this one
  std::string previous;         // what served before this deployment
  BenchPackage package;

  Life() {
    REQUIRE(platters.make_folder(kFolder));
    boot(Death::power_cut);
  }
  void boot(Death death) {
    installer.reset();
    if (death == Death::power_cut) {
      ++boots;
      platters.lose_power_after(0);
      platters.restore_power();
    }
    disk = std::make_unique<DyingDisk>(platters);
    workplace = std::make_unique<BenchWorkplace>(*disk);
    auto opened = SlotStore::open(kFolder, *disk, log);
    REQUIRE(opened);
    store = std::make_unique<SlotStore>(std::move(*opened));
    InstallerWorld world{*store, *workplace, hub, clock, log, cat("boot-", boots), "x86_64"};
    world.check_signature = [this](const Candidate& candidate) -> Status {
      if (candidate.package.digest != unsigned_digest) return {};
      return fail(ErrorKind::denied, "nobody who may has signed it");
    };
    installer = std::make_unique<Installer>(std::move(world));
    installer->start();
  }
  Unit unit() const { return store->unit(UnitKind::model, "ducks"); }
  std::string serving() const { return workplace->serving["ducks"]; }
  std::string hindrance() const {
    const Refusal* why = installer->hindrance(UnitKind::model, "ducks");
    return why == nullptr ? "" : why->code;
  }
  Status wish() { return installer->wish(UnitKind::model, "ducks", wish_for(package)); }
  files::Path content() const {
    return store->content_folder(package.ref.digest, "ducks", package.ref.version);
  }
  // A request, now: something answers it, out of memory, and it is the old one or the new one.
  void ask() {
    ++asked;
    const std::string now = serving();
    CHECK((now == previous || now == package.ref.digest));
    CHECK((now.empty() || workplace->held.contains(now)));
    const auto last = unit().last;
    const bool taken_back =
        last && last->package.digest == package.ref.digest && last->kind != Outcome::Kind::healthy;
    if (taken_back) CHECK(now == previous);
  }
};

struct Fault {
  std::string step, what;
  bool ends_new = true;
  std::string model = "good";
  Death death = Death::none;
  std::function<bool(const Life&, const files::Path&, ByteView)> dies = {};
  std::function<void(Life&)> arrange = {};  // before it is wished for
  std::function<void(Life&)> during = {};   // before each of its steps
  std::function<void(Life&)> mend = {};     // after a while in its way; without, the hub gives it up
  std::string code = {};                    // what is said: in the way, or of the end
  std::vector<std::string> hardware = {};
};

// The state file says that this phase has begun.
auto state_says(Phase phase, std::string_view file) {
  return [phase, file](const Life&, const files::Path& path, ByteView bytes) {
    return path == kFolder / file &&
           as_text(bytes).find(cat("\"phase\": \"", phase_name(phase), "\"")) != std::string_view::npos;
  };
}

void fill_disk(Life& life) {
  life.platters.set_capacity(life.platters.used_bytes());
}
void make_room(Life& life) {
  life.platters.set_capacity(1ull << 40);
}
void full_in(Life& life, Phase phase) {
  if (life.unit().phase == phase && life.hindrance().empty()) fill_disk(life);
}

std::string_view step_name(Phase phase) {
  constexpr std::array kNames = {"settle", "download", "verify", "shadow", "take over", "commit"};
  return kNames[static_cast<size_t>(phase)];
}

void add_ends(std::vector<Fault>& all, Death death) {
  const std::string what = death == Death::killed ? "killed" : "power cut";
  const auto add = [&](std::string step, std::string when, bool ends_new, std::string model, auto dies) {
    all.push_back(
        {std::move(step), cat(what, " right after ", when), ends_new, std::move(model), death, dies});
  };
  for (const auto phase :
       {Phase::downloading, Phase::installing, Phase::shadow, Phase::trial, Phase::watch, Phase::settled}) {
    add(std::string(step_name(phase)), "its note", true, "good", state_says(phase, "state"));
    add(std::string(step_name(phase)), "the note's copy", true, "good", state_says(phase, "state.copy"));
  }
  add("download", "the index", true, "good",
      [](const Life&, const files::Path& path, ByteView) { return path.filename() == "package.json"; });
  add("download", "a piece of a file", true, "good", [](const Life& life, const files::Path& path, ByteView) {
    return path.parent_path() == life.store->incoming();
  });
  add("download", "a file is in its place", true, "good",
      [](const Life& life, const files::Path& path, ByteView) { return path == life.content(); });
  add("clean up", "the old one's folder went", true, "good",
      [](const Life& life, const files::Path& path, ByteView bytes) {
        return bytes.empty() && path.parent_path() == kFolder / "packages" &&
               life.unit().phase == Phase::settled;
      });
  for (const char* model : {"install:load", "install:self_test", "shadow:shadow", "serve:load",
                            "prove:errors", "watch:latency"}) {
    add("roll back", cat("the note (", model, ")"), false, model, state_says(Phase::settled, "state"));
  }
}

void add_download_faults(std::vector<Fault>& all) {
  const auto damage = [](Life& life) {
    for (const auto& [digest, blob] : life.package.blobs) {
      if (blob.size() > 4000) life.hub.damage(digest);  // the model's; other packages share the rest
    }
  };
  all.push_back({.step = "download",
                 .what = "no line, for a while",
                 .arrange = [](Life& life) { life.hub.reachable = false; },
                 .mend = [](Life& life) { life.hub.reachable = true; },
                 .code = "download"});
  all.push_back({.step = "download",
                 .what = "the line cut every 100 bytes",
                 .arrange = [](Life& life) { life.hub.piece = 100; },
                 .code = "download"});
  all.push_back({.step = "download",
                 .what = "damaged bytes, right ones later",
                 .arrange = damage,
                 .mend = damage,
                 .code = "digest"});
  all.push_back({.step = "download",
                 .what = "damaged bytes, given up",
                 .ends_new = false,
                 .arrange = damage,
                 .code = "digest"});
  all.push_back({.step = "download",
                 .what = "no room for the wish, then room",
                 .arrange = fill_disk,
                 .mend = make_room,
                 .code = "full"});
  all.push_back({.step = "download",
                 .what = "no room for the package, then room",
                 .during = [](Life& life) { full_in(life, Phase::downloading); },
                 .mend = make_room,
                 .code = "full"});
  all.push_back({.step = "download",
                 .what = "made for other hardware",
                 .ends_new = false,
                 .code = "hardware",
                 .hardware = {"riscv64"}});
}

void add_install_faults(std::vector<Fault>& all) {
  all.push_back({.step = "verify",
                 .what = "a file decayed on the disk",
                 .during = [done = std::string()](Life& life) mutable {
                   if (life.unit().phase != Phase::installing || done == life.package.ref.digest) return;
                   done = life.package.ref.digest;
                   life.platters.damage(life.content() / "model.onnx", 10, as_bytes("?"));
                 }});
  all.push_back({.step = "verify",
                 .what = "bad signature, given up",
                 .ends_new = false,
                 .arrange = [](Life& life) { life.unsigned_digest = life.package.ref.digest; },
                 .code = "signature"});
  all.push_back({.step = "verify",
                 .what = "bad signature, a right one later",
                 .arrange = [](Life& life) { life.unsigned_digest = life.package.ref.digest; },
                 .mend = [](Life& life) { life.unsigned_digest.clear(); },
                 .code = "signature"});
  const auto refused = [&](std::string step, std::string what, std::string model, std::string code) {
    all.push_back({.step = std::move(step),
                   .what = std::move(what),
                   .ends_new = false,
                   .model = std::move(model),
                   .code = std::move(code)});
  };
  refused("load beside", "does not load", "install:load", "load");
  refused("self-test", "another answer to a golden input", "install:self_test", "self_test");
  refused("shadow", "disagrees with what serves", "shadow:shadow", "shadow");
  refused("take over", "does not serve", "serve:load", "load");
  refused("commit", "its first answers fail", "prove:errors", "errors");
  refused("watch", "slower than the one before", "watch:latency", "latency");
}

void add_full_disks(std::vector<Fault>& all) {
  for (const auto phase : {Phase::installing, Phase::shadow, Phase::trial, Phase::watch}) {
    const std::string next = phase == Phase::installing ? "self-test"
                             : phase == Phase::shadow   ? "take over"
                             : phase == Phase::trial    ? "commit"
                                                        : "settle";
    all.push_back({.step = next,
                   .what = "disk full at its note",
                   .during = [phase](Life& life) { full_in(life, phase); },
                   .mend = make_room,
                   .code = "full"});
  }
  for (const auto& [phase, model] :
       {std::pair(Phase::shadow, "shadow:shadow"), std::pair(Phase::trial, "prove:errors"),
        std::pair(Phase::watch, "watch:latency")}) {
    all.push_back({.step = "roll back",
                   .what = cat("disk full at its note (", model, ")"),
                   .ends_new = false,
                   .model = model,
                   .during = [phase](Life& life) { full_in(life, phase); },
                   .mend = make_room,
                   .code = "full"});
  }
}

// Until it is over; what was said of it on the way.
std::set<std::string> live_through(Life& life, const Fault& fault) {
  std::set<std::string> said;
  bool mended = false;
  int in_the_way = 0;
  if (fault.dies) {
    life.disk->die_after(
        [&](const files::Path& path, ByteView bytes) { return fault.dies(life, path, bytes); });
  }
  if (fault.arrange) fault.arrange(life);
  // The agent takes up again what could not be noted.
  for (auto taken = life.wish(); !taken; taken = life.wish()) {
    said.insert(taken.error().kind == ErrorKind::full ? "full" : "download");
    life.ask();
    if (!life.disk->alive()) life.boot(fault.death);
    if (++in_the_way == 10 && fault.mend) fault.mend(life);
    REQUIRE(in_the_way <= 10);
  }
  for (int steps = 0;; ++steps) {
    CAPTURE(phase_name(life.unit().phase));
    CAPTURE(life.hindrance());
    REQUIRE(steps < 2'000);
    if (fault.during && !mended) fault.during(life);
    const auto pause = life.installer->advance();
    if (!life.disk->alive()) {
      life.boot(fault.death);
      life.ask();
      REQUIRE(life.wish());  // the hub says it again
      continue;
    }
    life.ask();
    const std::string code = life.hindrance();
    if (!code.empty()) said.insert(code);
    // A disk without room for a note does not keep what is to be taken back.
    if (code == "full" && fault.step == "roll back") CHECK(life.serving() == life.previous);
    if (!pause) break;
    life.clock.advance(*pause);
    if (code.empty() || ++in_the_way < 10 || mended || life.hub.piece == 100) continue;
    mended = true;
    if (fault.mend) fault.mend(life);
    if (!fault.mend) REQUIRE(life.installer->withdraw(UnitKind::model, "ducks"));
  }
  if (const auto last = life.unit().last; last && last->kind != Outcome::Kind::healthy)
    said.insert(last->why.code);
  return said;
}

bool deploy(Life& life, const Fault& fault, int number) {
  life.hub.piece = 1500;
  life.package = make_package("ducks", cat(number), static_cast<uint64_t>(number),
                              cat(fault.model, " ", number, " ", std::string(4000, 'w')), fault.hardware);
  life.hub.add(life.package);
  const int boots = life.boots;
  const auto* process = life.disk.get();
  INFO("deployment ", number, ": ", fault.step, ", ", fault.what);
  const auto said = live_through(life, fault);
  make_room(life);
  INFO("deployment ", number, ": ", fault.step, ", ", fault.what,
       "; said: ", join(std::vector<std::string>(said.begin(), said.end()), " "));
  if (!fault.code.empty()) CHECK_MESSAGE(said.contains(fault.code), "nobody said ", fault.code);
  if (fault.death != Death::none) CHECK_MESSAGE(life.disk.get() != process, "nothing ended here");
  if (fault.death == Death::power_cut) CHECK(life.boots == boots + 1);
  const Unit unit = life.unit();
  CHECK(unit.phase == Phase::settled);
  const std::string served = life.serving();
  CHECK(served == (unit.current ? unit.current->digest : ""));
  if (unit.current) CHECK(life.store->verify(served));
  const bool is_new = served == life.package.ref.digest;
  CHECK(is_new == fault.ends_new);
  if (!is_new) CHECK(served == life.previous);
  life.previous = served;
  return is_new;
}

TEST_CASE("EachOf300DeploymentsWithAFaultAtAStepEndsWithTheNewPackageOrTheOneBefore") {
  std::vector<Fault> faults;
  add_download_faults(faults);
  add_install_faults(faults);
  add_full_disks(faults);
  add_ends(faults, Death::killed);
  add_ends(faults, Death::power_cut);
  Life life;
  struct Count {
    int ended_new = 0, ended_previous = 0;
  };
  std::map<std::string, std::map<std::string, Count>> table;
  int number = 0;
  (void)deploy(life, {.step = "none", .what = "nothing"}, ++number);
  while (number < 300) {
    for (const Fault& fault : faults) {
      Count& count = table[fault.step][fault.what];
      ++(deploy(life, fault, ++number) ? count.ended_new : count.ended_previous);
    }
  }
  CHECK(life.asked > number * 4);
  if (std::getenv("OREE_STEPS_TABLE") == nullptr) return;
  std::printf(
      "%d deployments, %d requests in between\n| step | fault | new | previous |\n|---|---|---:|---:|\n",
      number, life.asked);
  for (const auto& [step, rows] : table) {
    for (const auto& [what, count] : rows)
      std::printf("| %s | %s | %d | %d |\n", step.c_str(), what.c_str(), count.ended_new,
                  count.ended_previous);
  }
}

}  // namespace
}  // namespace oree::deployment
