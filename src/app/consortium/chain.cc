// oree chain: the contract of orders on an Ethereum chain, and the keys that sign there.
#include "app/consortium/chain.h"

#include <cstdio>
#include <thread>

#include "app/commands.h"
#include "app/terminal.h"
#include "app/world.h"
#include "base/text.h"
#include "services/ethereum/sender.h"

namespace oree::app {
namespace {

constexpr milliseconds kLook{250};
constexpr std::chrono::seconds kPatience{120};

Result<ethereum::Key> key_of(const std::filesystem::path& file) {
  auto key = ethereum::Key::load(file);
  if (key || key.error().kind != ErrorKind::not_found) return key;
  const auto made = ethereum::Key::generate();
  if (auto saved = made.save(file); !saved) return forward(saved);
  return made;
}

}  // namespace

Result<Deployed> deploy_book(const std::string& rpc_url, const ethereum::Key& key,
                             const ethereum::BookSetup& setup, const Clock& clock, milliseconds patience) {
  const auto url = http::parse_url(rpc_url);
  if (!url) return forward(url);
  ethereum::Rpc rpc({.url = *url});
  const auto chain = rpc.chain_id();
  if (!chain) return forward(chain);
  ethereum::Sender sender(rpc, key, *chain, {}, clock);
  const MonoTime until = clock.mono() + patience;
  for (;;) {
    const auto sent = sender.send("deploy", std::nullopt, ethereum::deploy_code(setup));
    if (!sent) return forward(sent);
    if (sent->mined && sent->contract) return Deployed{*sent->contract, *chain, sent->block};
    if (clock.mono() > until)
      return fail(ErrorKind::timeout, cat("the contract is in no block of ", rpc_url, " yet"));
    std::this_thread::sleep_for(kLook);
  }
}

int run_chain(const ChainOptions& options) {
  if (options.verb == "key") {
    const auto key = key_of(options.key);
    if (!key) return print_error(key.error());
    std::printf("%s\n", key->address().text().c_str());
    return 0;
  }
  const auto key = ethereum::Key::load(options.key);
  if (!key) return print_error(key.error());
  ethereum::BookSetup setup{.authorities = {}, .threshold = options.quorum, .station = key->address()};
  for (const auto& text : options.authorities) {
    const auto address = ethereum::parse_address(text);
    if (!address) return print_error(address.error());
    setup.authorities.push_back(*address);
  }
  const SystemClock clock;
  const auto deployed = deploy_book(options.rpc, *key, setup, clock, kPatience);
  if (!deployed) return print_error(deployed.error());
  std::printf("ethereum: {rpc: \"%s\", chain_id: %llu, contract: \"%s\", key: \"%s\", first_block: %llu}\n",
              options.rpc.c_str(), static_cast<unsigned long long>(deployed->chain_id),
              deployed->contract.text().c_str(), options.key.string().c_str(),
              static_cast<unsigned long long>(deployed->block));
  return 0;
}

}  // namespace oree::app
