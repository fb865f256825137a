// The fleet's server: lets stations in, keeps packages and vouches for them, rolls them out in waves, and
// remembers every decision.
//
// start() opens the data folder and serves; whatever was under way when the hub ended goes on. stop(), or the
// destructor, goes the other way. Thread-safe.
//
//   DATA/hub.db        devices, invitations, people, packages, roll-outs
//   DATA/blobs         files by digest      DATA/tuf, DATA/keys   what the hub vouches for
//   DATA/audit         every decision       DATA/hub.key          signs it
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "nodes/hub/settings.h"
#include "platform/files/files.h"
#include "platform/http/router.h"

namespace oree::hub {

struct World {
  const Clock& clock;
  files::Disk& disk;
  Log& log;
  std::function<void(http::Router&)> mount_pages = {};  // whoever holds the pages
};

class Hub {
 public:
  static Result<std::unique_ptr<Hub>> start(Settings settings, const std::filesystem::path& data,
                                            World world);
  ~Hub();
  void stop();
  bool answers(milliseconds within);  // a watchdog's question, as http::Server::answers
  std::string url() const;            // "http://127.0.0.1:8200"

 private:
  struct State;
  explicit Hub(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// "oree1.SECRET.ROOT" for a station, also while the hub runs. `minutes`: how long it holds.
struct NewInvitation {
  std::string note;
  int64_t uses = 1;
  int64_t minutes = 24 * 60;
};
Result<std::string> invite(const std::filesystem::path& data, const NewInvitation& invitation,
                           const Clock& clock);
// The token of a person, to be shown once.
Result<std::string> add_person(const std::filesystem::path& data, const std::string& name,
                               std::string_view role, const Clock& clock);

}  // namespace oree::hub
