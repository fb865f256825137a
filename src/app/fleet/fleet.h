// The fleet's sub-commands: what each is told, and the function that does it.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "platform/http/client.h"
#include "platform/json/value.h"

namespace oree::app {

struct HubOptions {
  std::filesystem::path config, data;
  std::optional<uint16_t> port;
  bool verbose = false;
};
int run_hub(const HubOptions& options);

struct HubTokenOptions {
  std::filesystem::path data;
  std::string note;
  int64_t uses = 1;
  int64_t minutes = 24 * 60;
};
int run_hub_token(const HubTokenOptions& options);

struct HubUserOptions {
  std::filesystem::path data;
  std::string name, role;
};
int run_hub_user(const HubUserOptions& options);

// Whom the other commands ask.
struct HubAddress {
  std::string url = "http://127.0.0.1:8200";
  std::string token;  // "" = OREE_HUB_TOKEN
};

struct RolloutOptions {
  HubAddress hub;
  std::string verb;  // start, list, show, pause, resume, abort
  std::string id;    // or the model, of start
  std::string version;
  std::filesystem::path plan;
  bool json = false;
};
int run_rollout(const RolloutOptions& options);

struct FleetOptions {
  HubAddress hub;
  std::string tag;
  bool json = false;
};
int run_fleet_list(const FleetOptions& options);

struct PublishOptions {
  HubAddress hub;
  std::filesystem::path folder;  // a model's, a configuration's, or a configuration's file
  std::string name, version;     // "" = the folder's own, NAME/VERSION; of a file its name and its release
  std::filesystem::path key;     // signs a configuration's file
  std::optional<uint64_t> release;
  std::vector<std::string> hardware;
  bool json = false;
};
int run_fleet_publish(const PublishOptions& options);

// One call of the hub's API. A refusal becomes its error with the hub's sentence.
class HubClient {
 public:
  explicit HubClient(HubAddress address);
  Result<json::Value> call(std::string_view method, const std::string& path, const std::string& body = "",
                           std::string_view type = "application/json");

 private:
  HubAddress address_;
  http::Client client_;
};

// Brings the folder's (or the configuration's) files and their index to the hub; what the hub says of the
// package. A configuration is checked as stations will check it.
Result<json::Value> publish_folder(HubClient& hub, const PublishOptions& options);

std::string url_part(std::string_view text);  // percent-encoded, for a path or a query
std::string text_member(const json::Value& value, std::string_view key);
int64_t number_member(const json::Value& value, std::string_view key);

}  // namespace oree::app
