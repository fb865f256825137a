// Modules as containers of an engine that speaks Docker's language over a socket of this box (Docker, Moby,
// Podman). What is this station's is known by labels, never by memory or by name alone: a container that
// somebody else made under a module's name is neither stopped nor replaced, and said.
//
// Every call has a deadline; nothing the engine says is believed to be short, JSON or true. Images are
// fetched by a thread of their own, so that a slow registry keeps no module down.
#pragma once

#include <map>
#include <mutex>
#include <thread>

#include "platform/http/client.h"
#include "services/modules/runtime.h"

namespace oree::modules {

struct EngineSettings {
  std::filesystem::path socket;
  std::string owner;                       // tells this station's containers from others'
  milliseconds deadline{10'000};           // of a call
  std::chrono::seconds silence{600};       // of a fetch, without a word
  std::string network = "azure-iot-edge";  // that modules without a network of their own share
};

class ContainerRuntime final : public Runtime {
 public:
  explicit ContainerRuntime(EngineSettings settings);
  ~ContainerRuntime() override;

  Result<std::vector<Observed>> observe() override;
  Result<ImageReport> image(const Spec& spec) override;
  Status fetch(const Spec& spec) override;
  Status create(const Spec& spec) override;
  Status start(const std::string& name) override;
  Status stop(const std::string& name, milliseconds grace) override;
  Status remove(const std::string& name) override;
  Result<LogPage> logs(const std::string& name, const LogQuery& query) override;
  std::vector<int> descriptors() const override { return {news_}; }

 private:
  struct Answer {
    int status = 0;
    json::Value body;
    std::string raw;
  };
  struct Fetch {
    bool done = false;
    Status result;
    std::jthread thread;
  };
  Result<Answer> call(std::string_view method, const std::string& target, const json::Value& body = {},
                      milliseconds longer = {});
  Result<json::Array> list(const std::string& module);
  Result<std::string> id_of(const std::string& name);
  Result<Observed> inspect(const std::string& id);
  Status ensure_network();
  Status pull(const Spec& spec);

  const EngineSettings settings_;
  http::Client client_;
  http::Interrupt stopping_;
  const int news_;
  std::mutex mutex_;
  std::map<std::string, Fetch> fetches_;  // by image
};

}  // namespace oree::modules
