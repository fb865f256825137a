#include "app/robot/demo_chain.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "app/consortium/chain.h"
#include "base/text.h"

extern char** environ;

namespace oree::app {
namespace fs = std::filesystem;
namespace {

constexpr const char* kBinaries[] = {"contracts/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil",
                                     "contracts/node_modules/@foundry-rs/anvil-linux-arm64/bin/anvil"};
constexpr std::string_view kListening = "Listening on ";
constexpr size_t kMostGreeting = 64 << 10;

Result<fs::path> find_anvil() {
  std::error_code ignored;
  if (const char* named = std::getenv("OREE_ANVIL")) {
    if (fs::exists(named, ignored)) return fs::path(named);
    return fail(ErrorKind::not_found, cat("OREE_ANVIL names ", named, ", which is not there"));
  }
  for (fs::path at = fs::current_path(ignored); !at.empty(); at = at.parent_path()) {
    for (const char* binary : kBinaries) {
      if (fs::exists(at / binary, ignored)) return at / binary;
    }
    if (at == at.root_path()) break;
  }
  return fail(
      ErrorKind::not_found,
      "the chain of this demo is anvil, which is not here: run './run demo robot --ledger ethereum' or "
      "'npm --prefix contracts ci' in the project, or name one in OREE_ANVIL");
}

}  // namespace

Result<std::unique_ptr<DemoChain>> DemoChain::start(const fs::path& folder,
                                                    const std::vector<std::string>& authorities,
                                                    unsigned quorum, const Clock& clock) {
  const auto binary = find_anvil();
  if (!binary) return forward(binary);
  std::unique_ptr<DemoChain> chain(new DemoChain);
  if (auto launched = chain->launch(*binary); !launched) return forward(launched, binary->string());
  if (auto ready = chain->prepare(folder, authorities, quorum, clock); !ready) return forward(ready);
  return chain;
}

// A block each second, as a small consortium's chain would have.
Status DemoChain::launch(const fs::path& binary) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(ErrorKind::unavailable, "no pipe");
  output_ = ends[0];
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  const std::string program = binary.string();
  std::string words[] = {program, "--port",       "0", "--hardfork", "london", "--chain-id",
                         "31337", "--block-time", "1"};
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const int failed = ::posix_spawn(&child_, program.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (failed != 0) {
    child_ = -1;
    return fail(ErrorKind::unavailable, "could not be started");
  }
  std::string said;
  char buffer[4096];
  while (said.size() < kMostGreeting) {
    const ssize_t count = ::read(output_, buffer, sizeof buffer);
    if (count <= 0) return fail(ErrorKind::unavailable, "ended before it listened");
    said.append(buffer, static_cast<size_t>(count));
    const size_t at = said.find(kListening);
    const size_t end = at == std::string::npos ? at : said.find('\n', at);
    if (end == std::string::npos) continue;
    rpc_ = cat("http://", trim(said.substr(at + kListening.size(), end - at - kListening.size())));
    // It logs each call; what nobody reads must not stop it.
    ::fcntl(output_, F_SETFL, O_NONBLOCK);
    return {};
  }
  return fail(ErrorKind::unavailable, "does not say where it listens");
}

Status DemoChain::prepare(const fs::path& folder, const std::vector<std::string>& authorities,
                          unsigned quorum, const Clock& clock) {
  folder_ = folder;
  const auto url = http::parse_url(rpc_);
  if (!url) return forward(url);
  ethereum::Rpc rpc({.url = *url});
  ethereum::BookSetup setup{.authorities = {}, .threshold = quorum, .station = {}};
  std::vector<std::string> names = authorities;
  names.insert(names.begin(), "station");
  std::optional<ethereum::Key> station;
  for (const auto& name : names) {
    const auto key = ethereum::Key::generate();
    if (auto saved = key.save(folder / cat(name, ".ethereum.key")); !saved) return saved;
    const auto funded = rpc.ask("anvil_setBalance", {key.address().text(), "0xde0b6b3a7640000"});
    if (!funded) return fail(ErrorKind::unavailable, "anvil gives no money");
    if (name == "station") {
      setup.station = key.address();
      station = key;
    } else {
      setup.authorities.push_back(key.address());
    }
  }
  const auto deployed = deploy_book(rpc_, *station, setup, clock, std::chrono::seconds(30));
  if (!deployed) return forward(deployed);
  contract_ = deployed->contract.text();
  chain_id_ = deployed->chain_id;
  block_ = deployed->block;
  return {};
}

std::string DemoChain::settings(const std::string& who) const {
  return cat("ethereum: {rpc: \"", rpc_, "\", chain_id: ", chain_id_, ", contract: \"", contract_,
             "\", key: \"", (folder_ / cat(who, ".ethereum.key")).string(), "\", first_block: ", block_,
             ", signers: 1, confirmations: 1, period: 1s}\n");
}

DemoChain::~DemoChain() {
  if (child_ > 0) {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  if (output_ >= 0) ::close(output_);
}

}  // namespace oree::app
