// What an installer works with: where packages serve, and where their bytes come from. The node implements
// the first over services/serving (nodes/edge/fleet), agent/ the second over a hub.
#pragma once

#include <functional>
#include <string>

#include "services/deployment/download/part_file.h"
#include "services/deployment/slots/unit.h"

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
  // Loads it beside what serves and asks it its golden inputs. Undecided while that goes on: nobody who takes
  // something back waits for it.
  virtual Verdict try_out(const Candidate& candidate) = 0;
  // Answers a sample of requests beside what serves; undecided while it has not seen enough.
  virtual Verdict shadow(const Candidate& candidate, const ShadowPlan& plan) = 0;
  // From now on it serves: nothing else of this unit does. nullptr: what the station brought itself. Never
  // undecided.
  virtual Verdict serve(UnitKind kind, const std::string& name, const Candidate* candidate) = 0;
  // Does it live, now that it serves? Undecided for a few seconds.
  virtual Verdict prove(const Candidate& candidate) = 0;
  virtual Verdict watch(const Candidate& candidate, const WatchPlan& plan) = 0;
  virtual bool holds(const Candidate& candidate) = 0;  // in memory, or on its way there: its files were read
  // Takes it into memory beside what serves, for a short way back, and returns before that is done. nullptr
  // as above.
  virtual void hold(UnitKind kind, const std::string& name, const Candidate* candidate) = 0;
  // Nobody needs it in memory any more; a load that is under way is not waited for.
  virtual void forget(const Candidate& candidate) = 0;
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

}  // namespace oree::deployment
