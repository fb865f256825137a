// The stations as they are now: who each is, what it said last, what it shall have, and who of them waits for
// news. In memory, with everything that must survive a crash written before anybody hears of it.
//
// A station's call goes through admit(): known key, a counter above all before (numbers up to `ceiling` may
// have been used, so a restarted hub takes none twice), and not a process that another had replaced: that one
// is a clone. Thread-safe; one lock, no I/O under it but the rare write of a ceiling.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "nodes/hub/door/refusal.h"
#include "nodes/hub/door/station_call.h"
#include "nodes/hub/fleet/access.h"
#include "nodes/hub/fleet/desired.h"
#include "nodes/hub/fleet/report.h"
#include "nodes/hub/settings.h"
#include "nodes/hub/store/devices.h"

namespace oree::hub {

// A station as pages and roll-outs see it.
struct StationView {
  Device device;
  Report report;
  Assignments assignments;
  bool online = false;
};

struct FleetCounts {
  size_t stations = 0, online = 0, waiting = 0, cloned = 0, updating = 0;
};

class Fleet {
 public:
  using Audit = std::function<void(std::string_view what, json::Object facts)>;

  static Result<std::unique_ptr<Fleet>> open(DeviceStore& store, PackageCache& packages, Access& access,
                                             const Settings& settings, const Clock& clock, Audit audit);

  // The device as it is known now, and whether it is new. 409 when another key has its name.
  struct Enrolled {
    Device device;
    bool is_new = false;
  };
  Outcome<Enrolled> enrol(const Enrolment& enrolment, const std::string& by);
  Outcome<void> admit(const std::string& id, const http::Request& request, const std::string& instance);
  // Takes the report; answers at once when the station lags behind, else when something changes or at
  // `until`. A second sync of the same station ends the wait of the first.
  void sync(const std::string& id, Report report, std::string reported, microseconds wait,
            std::shared_ptr<http::LaterAnswer> later);

  // What is in the database already becomes true here, and whoever waits for it hears it.
  void apply(const std::vector<Change>& changes);
  void add_bad(const std::string& package);
  std::vector<std::string> bad() const;

  Status set_tags(const std::string& id, std::vector<std::string> tags);
  Status set_standing(const std::string& id, Standing standing);
  Status remove(const std::string& id);

  std::vector<StationView> all() const;
  std::optional<StationView> find(const std::string& id) const;
  FleetCounts counts() const;
  uint64_t version() const;  // rises with everything that a page would show

  void answer_overdue();  // long polls whose time is over
  Status flush();         // what was reported since the last time
  void stop();            // answers everybody who waits

 private:
  struct Waiting {
    std::shared_ptr<http::LaterAnswer> later;
    MonoTime until;
  };
  struct Entry {
    Device device;
    Report report;
    Assignments assignments;
    uint64_t counter = 0;
    bool dirty = false;
    std::optional<Waiting> waiting;
  };

  Fleet(DeviceStore& store, PackageCache& packages, Access& access, const Settings& settings,
        const Clock& clock, Audit audit)
      : store_(store),
        packages_(packages),
        access_(access),
        settings_(settings),
        clock_(clock),
        audit_(std::move(audit)) {}
  Status load(std::vector<std::string> bad);
  Outcome<void> check_counter(Entry& entry, uint64_t counter);
  Outcome<void> check_instance(Entry& entry, const std::string& instance);
  http::Response desired_of(const Entry& entry);
  void tell(Entry& entry);
  bool is_online(const Entry& entry) const;
  StationView view_of(const Entry& entry) const;
  int64_t now_ms() const;

  DeviceStore& store_;
  PackageCache& packages_;
  Access& access_;
  const Settings& settings_;
  const Clock& clock_;
  const Audit audit_;

  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;
  std::vector<std::string> bad_;
  uint64_t version_ = 1;
  bool stopped_ = false;
};

}  // namespace oree::hub
