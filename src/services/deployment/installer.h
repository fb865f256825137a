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
#pragma once

#include <functional>
#include <map>
#include <set>

#include "base/clock.h"
#include "services/deployment/download/part_file.h"
#include "services/deployment/slots/slot_store.h"

namespace oree::deployment {

// A package on disk, ready to be put to work.
struct Candidate {
  UnitKind kind = UnitKind::model;
  std::string name;
  PackageRef package;
  files::Path folder;  // its files
  bool operator==(const Candidate&) const = default;
};

struct Verdict {
  enum class Kind { undecided, good, bad };
  Kind kind = Kind::undecided;
  Refusal why;  // of a bad one
  static Verdict good() { return {Kind::good, {}}; }
  static Verdict bad(std::string code, std::string message) {
    return {Kind::bad, {std::move(code), std::move(message)}};
  }
};

// Where packages serve. Every call may come again.
class Workplace {
 public:
  virtual ~Workplace() = default;
  // Loads it beside what serves and asks it its golden inputs. Never undecided.
  virtual Verdict try_out(const Candidate& candidate) = 0;
  // Answers a sample of requests beside what serves; undecided while it has not seen enough.
  virtual Verdict shadow(const Candidate& candidate, const ShadowPlan& plan) = 0;
  // From now on it serves: nothing else of this unit does. nullptr: what the station brought itself. Never
  // undecided.
  virtual Verdict serve(UnitKind kind, const std::string& name, const Candidate* candidate) = 0;
  // Does it live, now that it serves? Undecided for a few seconds.
  virtual Verdict prove(const Candidate& candidate) = 0;
  virtual Verdict watch(const Candidate& candidate, const WatchPlan& plan) = 0;
  virtual bool holds(const Candidate& candidate) = 0;  // in memory: serving it reads no file
  // Takes it into memory beside what serves, for a short way back. nullptr as above.
  virtual void hold(UnitKind kind, const std::string& name, const Candidate* candidate) = 0;
  virtual void forget(const Candidate& candidate) = 0;  // nobody needs it in memory any more
};

// Where bytes come from. Every error is worth another try later; its kind tells the hub what happened:
// `denied` what is not vouched for, `corrupt` a wrong digest, `invalid` a wrong size, `full` no room, all
// others the network.
class Source {
 public:
  virtual ~Source() = default;
  // The bytes of a package's index that are vouched for.
  virtual Result<ByteBuffer> index(const Unit& unit) = 0;
  // Appends what is missing; an error when it stopped before the end.
  virtual Status fetch(PartFile& part, const std::function<void(uint64_t size)>& arrived) = 0;
};

struct InstallerWorld {
  SlotStore& store;
  Workplace& workplace;
  Source& source;
  Clock& clock;
  Log& log;
  std::string boot;                // a word that no other boot of this machine has
  std::string hardware;            // this station's class
  uint64_t keep_free = 16 << 20;   // bytes on the disk that are not for packages
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
  Status condemn(const std::string& digest);
  // One step of every unit that has something to do. How long nothing more is to be done; nullopt: until
  // something is wished for.
  std::optional<milliseconds> advance();

  const std::vector<Unit>& units() const { return world_.store.units(); }
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
    bool held = false;               // what it would fall back to
    std::optional<Unit> gone_back;   // the old one serves already, only the disk could not note it yet
  };
  Way& way(const Unit& unit) { return ways_[{unit.kind, unit.name}]; }
  Candidate candidate(const Unit& unit, const PackageRef& package) const;
  void put_to_work(Unit unit);
  Verdict stand_on(const Unit& unit);
  void hold_the_way_back(const Unit& unit);
  Status change(const Unit& before, const Unit& after);
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
