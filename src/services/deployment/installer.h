// Brings units to what was wished for, one step at a time: fetch → verify → load beside → golden inputs →
// shadow → serve → prove → watch, or back.
//
//   installer.start();                                   // after every start of the process: what serves,
//   and the counter while (auto next = installer.advance()) wait(*next);  // on one thread
//
// It decides nothing by itself but the order: phases and their changes are slots/unit.h's, what a package
// does is the Workplace's, where its bytes come from is the Source's. Every step may be cut anywhere and is
// done again. What is in the way of a step (no network, no room) is kept in hindrance() and tried again with
// growing pauses, for ever. One thread; `wish` and the getters too.
//
// Two things do not wait for a disk that takes no note: going back, and knowing that something is bad. Both
// are done at once and kept in mind; every later change starts from them, and the note follows.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "base/clock.h"
#include "services/deployment/download/part_file.h"
#include "services/deployment/slots/slot_store.h"
#include "services/deployment/workplace.h"

namespace oree::deployment {

struct InstallerWorld {
  SlotStore& store;
  Workplace& workplace;
  Source& source;
  Clock& clock;
  Log& log;
  std::string boot;                // a word that no other boot of this machine has
  std::string hardware;            // this station's class
  uint64_t keep_free = 16 << 20;   // bytes on the disk that are not for packages
  bool hold_always = false;        // the last good one in memory, not only while the new one is watched
  std::function<double()> chance;  // 0..1, for pauses
  std::function<void()> changed;   // some unit's report is another now
  std::function<void()> progress;  // more bytes of a package came
  // Whether somebody who may has signed this package; empty: the hub's word is enough.
  std::function<Status(const Candidate&)> check_signature;
};

milliseconds pause_after(int failures, double chance);  // 1 s, doubling to 5 minutes, random ±50 %

class Installer {
 public:
  explicit Installer(InstallerWorld world) : world_(std::move(world)) {}

  // What serves is put to work; a package at risk counts one start more. Never fails: what cannot be loaded
  // gives way to the last good one, and that to what the station brought itself.
  void start();
  // Takes up what shall serve. An error only when it could not be made durable; then nothing has changed.
  Status wish(UnitKind kind, const std::string& name, const Wish& wish);
  Status withdraw(UnitKind kind, const std::string& name);
  // Gives way now, and for every unit that has it, even when a note could not be made.
  Status condemn(const std::string& digest);
  // One step of every unit that has something to do. How long nothing more is to be done; nullopt: until
  // something is wished for.
  std::optional<milliseconds> advance();

  // As they are, which may be ahead of the disk.
  std::vector<Unit> units() const;
  // What is in the way of this unit's step, if anything is.
  const Refusal* hindrance(UnitKind kind, const std::string& name) const;
  struct Received {
    uint64_t bytes = 0, of = 0;
  };
  Received received(UnitKind kind, const std::string& name) const;
  int attempt(UnitKind kind, const std::string& name) const;  // of the step it is in, from 1

 private:
  struct Way {              // of one unit, in this life of the process
    int failures = 0;       // in a row, without a byte in between
    uint64_t furthest = 0;  // bytes of the package, at the last failure
    uint64_t arrived = 0;   // the most that there ever was
    MonoTime next{};
    std::optional<Refusal> hindrance;
    Received received;
    std::set<std::string> verified;  // files of the package being fetched
    bool whole = false;              // all of it, and signed by somebody who may: being tried out
    bool held = false;               // what it would fall back to
    std::optional<Unit> unnoted;     // the unit as it is, where the disk could not note it yet
  };
  Way& way(const Unit& unit) { return ways_[{unit.kind, unit.name}]; }
  Unit known(const Unit& noted) const;  // with what only memory knows
  Candidate candidate(const Unit& unit, const PackageRef& package) const;
  void put_to_work(Unit unit);
  Verdict stand_on(const Unit& unit);
  void hold_the_way_back(const Unit& unit);
  void note_bad(const Unit& before, const Unit& after);
  Status keep(const Unit& unit);
  Status change(const Unit& before, const Unit& after);
  void say(const Unit& before, const Unit& after) const;
  void follow(const Unit& noted, const Unit& after);
  std::optional<milliseconds> advance(const Unit& unit);
  using Stepped = std::expected<Unit, Refusal>;  // what is in the way, otherwise
  Stepped step(const Unit& unit);
  Stepped fetch(const Unit& unit);
  Stepped install(const Unit& unit);
  void note_hindrance(const Unit& unit, Refusal why);
  Result<PackageIndex> fetch_index(const Unit& unit);
  Status fetch_file(const Unit& unit, const PackageFile& file, const files::Path& destination);
  Status take_from_here(PartFile& part) const;
  Status check_room(uint64_t bytes) const;
  Unit judged(const Unit& unit, const Verdict& verdict) const;

  InstallerWorld world_;
  std::map<std::pair<UnitKind, std::string>, Way> ways_;
};

}  // namespace oree::deployment
