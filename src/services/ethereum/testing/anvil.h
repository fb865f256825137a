// A real node for one test: anvil on a free port, killed with everything it holds afterwards.
//
// The binary is the one that OREE_ANVIL names, or the one that `npm --prefix contracts ci` brings. Accounts
// are given money by anvil's own methods.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "base/text.h"
#include "services/ethereum/rpc.h"

namespace oree::ethereum::testing {

class Anvil {
 public:
  static constexpr uint64_t kChain = 31'337;

  // nullptr when there is no binary, which is said.
  static std::unique_ptr<Anvil> start() {
    const char* named = std::getenv("OREE_ANVIL");
    const std::filesystem::path binary =
        named ? named : OREE_SOURCE_DIR "/contracts/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil";
    if (named == nullptr && !std::filesystem::exists(binary)) {
      MESSAGE("skipped: no anvil; run npm --prefix contracts ci, or name one in OREE_ANVIL");
      return nullptr;
    }
    return std::unique_ptr<Anvil>(new Anvil(binary));
  }

  ~Anvil() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    if (drain_.joinable()) drain_.join();
    ::close(output_);
  }

  RpcOptions options() const {
    return {.url = *http::parse_url(cat("http://127.0.0.1:", port_)),
            .call = {.deadline = milliseconds(60'000)}};
  }
  Rpc& rpc() { return *rpc_; }
  void give(const Address& account) {
    REQUIRE(rpc_->ask("anvil_setBalance", {account.text(), "0xde0b6b3a7640000"}));
  }
  void mine(uint64_t blocks) { REQUIRE(rpc_->ask("anvil_mine", {quantity_text(blocks)})); }
  // Off: transactions wait until mine().
  void automine(bool on) { REQUIRE(rpc_->ask("evm_setAutomine", {on})); }

 private:
  explicit Anvil(const std::filesystem::path& binary) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const std::string program = binary.string();
    child_ = ::fork();
    if (child_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(ends[1], 1);
      ::execl(program.c_str(), program.c_str(), "--port", "0", "--hardfork", "london", "--chain-id", "31337",
              static_cast<char*>(nullptr));
      ::_exit(127);
    }
    ::close(ends[1]);
    output_ = ends[0];
    REQUIRE(child_ > 0);
    read_port();
    rpc_ = std::make_unique<Rpc>(options());
    // It logs each call; a full pipe would stop it.
    drain_ = std::thread([this] {
      char buffer[4096];
      while (::read(output_, buffer, sizeof buffer) > 0) {
      }
    });
  }

  void read_port() {
    constexpr std::string_view kBefore = "Listening on 127.0.0.1:";
    std::string said;
    char buffer[512];
    for (;;) {
      const ssize_t count = ::read(output_, buffer, sizeof buffer);
      REQUIRE_MESSAGE(count > 0, "anvil ended: ", said);
      said.append(buffer, static_cast<size_t>(count));
      const size_t at = said.find(kBefore);
      if (at == std::string::npos || said.find('\n', at) == std::string::npos) continue;
      const size_t begin = at + kBefore.size();
      const auto port =
          parse_number<uint16_t>(said.substr(begin, said.find_first_not_of("0123456789", begin) - begin));
      REQUIRE(port);
      port_ = *port;
      return;
    }
  }

  pid_t child_ = -1;
  int output_ = -1;
  uint16_t port_ = 0;
  std::unique_ptr<Rpc> rpc_;
  std::thread drain_;
};

}  // namespace oree::ethereum::testing
