// `oree serve`: a model repository behind every dialect that the house speaks.
//
// start() listens at once and loads afterwards; what is not loaded yet is told so (GET /v2/health/ready is
// 400 until the models of the start are there). stop(), or the destructor: no new requests, those under way
// are answered. Thread-safe.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "core/inference/choice/backends.h"
#include "core/sealing/key_source.h"
#include "platform/http/ends/listen.h"
#include "platform/http/server.h"

namespace oree::server {

// What happens to the repository while the server runs.
enum class Control {
  fixed,     // loaded at the start, and that is it: load and unload are refused
  by_hand,   // loaded at the start, then as clients and the page say
  watching,  // the folder decides; what changes is noticed
};

struct Settings {
  std::string name = "oree";
  std::filesystem::path repository;
  http::Listen http{"127.0.0.1", 8000};
  std::optional<http::Listen> grpc = http::Listen{"127.0.0.1", 8001};
  std::optional<http::Listen> metrics;  // a second address for /metrics, as Triton has one
  http::TlsFiles tls;                   // of http and gRPC
  Control control = Control::by_hand;
  std::vector<std::string> load = {"*"};  // with by_hand: what to load at the start
  std::chrono::seconds look_every{15};    // with watching
  std::string backend;                    // where a model does not say; "" = the first that reads its format
  uint64_t max_bytes = 0;                 // of loaded models together; 0: no limit
  uint64_t max_body_bytes = 64 << 20;
  // A call that would wait longer for its run is refused at once, where the model's configuration does not
  // say how many may wait. Not said: 1 s, and some wait in any case.
  std::optional<milliseconds> max_wait;
  uint64_t cache_bytes = 64 << 20;  // of kept answers, for models whose configuration asks for it
  std::string
      picture_model;  // that answers Custom Vision's and Edge Impulse's addresses; "" = the only one there is
  std::shared_ptr<sealing::KeySource> key;  // opens sealed networks; may be null
};

struct World {
  const Clock& clock;
  Log& log;
  inference::Backends& backends;
  std::function<void(http::Router&)> mount_pages = {};  // whoever holds the pages
};

class ModelServer {
 public:
  static Result<std::unique_ptr<ModelServer>> start(Settings settings, World world);
  ~ModelServer();
  void stop();
  std::string url() const;   // "http://127.0.0.1:8000"
  std::string grpc() const;  // "127.0.0.1:8001"; "" = not spoken
  // Waits until everything that was to be loaded at the start is, or has failed.
  void wait_until_loaded();

 private:
  struct State;
  explicit ModelServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace oree::server
