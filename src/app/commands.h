// The sub-commands: what each is told, and the function that does it. main.cc reads the words; nothing else
// here knows about the command line. Each returns the process's exit code (base/error.cc has the table).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace oree::app {

struct EdgeOptions {
  std::filesystem::path config;
  std::filesystem::path data;
  std::optional<std::string> listen;
  bool verbose = false;
};
int run_edge(const EdgeOptions& options);

struct DemoOptions {
  std::string story = "parts";
  std::string ledger = "embedded";  // or "ethereum"; of robots
  bool once = false;
  bool json = false;
  int count = 100;
  std::optional<uint16_t> port;
  std::filesystem::path examples;  // "" = found beside the program
  std::filesystem::path data;      // "" = a temporary folder
};
int run_demo(const DemoOptions& options);
int run_erp_demo(const DemoOptions& options);

struct InspectOptions {
  std::filesystem::path config;
  std::vector<std::string> images;
  bool json = false;
};
int run_inspect(const InspectOptions& options);

struct PredictOptions {
  std::filesystem::path model;
  std::filesystem::path image;
  std::filesystem::path key;  // opens a sealed network
  int top = 5;
  bool json = false;
};
int run_predict(const PredictOptions& options);

struct ValidateOptions {
  std::filesystem::path file;
  bool json = false;
};
int run_validate(const ValidateOptions& options);

int run_robot_demo(const DemoOptions& options);
int run_optimise_demo(const DemoOptions& options);
int run_fleet_demo(const DemoOptions& options);

struct SimulateOptions {
  std::string what = "robot";
  std::string broker = "mqtt://127.0.0.1:1883";
  size_t robots = 4;
  uint64_t seed = 1;
  double speed = 1;      // simulated seconds in each real one
  double minutes = 0;    // of simulated time; 0: until stopped
  double wear = 0;       // simulated minutes after which the first robot's bit is worn out; 0: never
  std::string fault;     // of the first robot, after 20 simulated minutes
  double drop_outs = 0;  // share of readings that are lost
  double spikes = 0;
};
int run_simulate(const SimulateOptions& options);

struct SqlOptions {
  std::string text;  // "": from standard input, a statement each time a line ends with ';'
  std::string station = "http://127.0.0.1:8000";
  std::filesystem::path data;  // of a station that does not run: read and write its files
  std::string format = "table";
  int limit = 1000;
};
int run_sql(const SqlOptions& options);

struct DetectOptions {
  std::vector<std::filesystem::path> series;  // files, or folders of .csv files
  std::string detector;
  bool compare = false;
  bool json = false;
};
int run_detect(const DetectOptions& options);

struct ModelOptions {
  std::string verb;                          // show, check, assess, convert
  std::vector<std::filesystem::path> files;  // convert: the one to read and the one to write
  int64_t opset = 0;                         // convert: raise to; 0: as it is
  bool passes = false;                       // convert: clean up and fuse
  std::string precision;                     // convert: "", float16, dynamic-int8, int4
  double sparsity = 0;                       // convert: share of weights to make zero
  bool two_of_four = false;
  bool measure = true;  // assess: time it here
  bool json = false;
};
int run_model(const ModelOptions& options);

struct OrderOptions {
  std::string verb = "list";  // show, replay
  std::string id;
  std::string station = "http://127.0.0.1:8000";
  std::filesystem::path data;    // of a station that does not run
  std::filesystem::path models;  // for replay, of models that were too large to be sealed
  bool json = false;
};
int run_order(const OrderOptions& options);

struct AuthorityOptions {
  std::filesystem::path config;
  std::filesystem::path data;
  std::optional<std::string> address;
  std::optional<uint16_t> port;
  bool verbose = false;
};
int run_authority(const AuthorityOptions& options);
int run_authority_key(const std::filesystem::path& file);

// A proof file to check without network, or a log's folder to show and check.
struct LedgerOptions {
  std::string verb;              // "verify" or "show"
  std::filesystem::path target;  // the proof, or the folder
  std::string key;               // verifier keys: name+keyid+base64
  std::vector<std::string> witnesses;
  std::optional<size_t> quorum;  // all of them when absent
  std::filesystem::path policy;  // instead of the three
  int limit = 20;                // newest entries to show
  bool json = false;
};
int run_ledger(const LedgerOptions& options);

struct ChainOptions {
  std::string verb;  // "key" or "deploy"
  std::filesystem::path key;
  std::string rpc;
  std::vector<std::string> authorities;  // addresses
  unsigned quorum = 2;
};
int run_chain(const ChainOptions& options);

int run_version(bool json);

}  // namespace oree::app
