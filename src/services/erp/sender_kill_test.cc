// A real process that is killed at each step between an order and its number in the ERP, again and again.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>

#include "services/erp/sender.h"
#include "services/erp/testing/sample.h"

namespace oree::erp {
namespace {

using testing::sample;
using testing::Service;

constexpr int kOrders = 3;

// Where the process dies by its own hand.
enum class Death { never, before_request, after_answer, before_told, after_told };

struct MortalAdapter final : Adapter {
  Dynamics inner;
  Death death;
  MortalAdapter(const DynamicsSettings& settings, const Clock& clock, Death when)
      : inner(settings, clock), death(when) {}
  std::string_view system() const override { return inner.system(); }
  Result<Placed> place(const WorkOrder& order) override {
    if (death == Death::before_request) ::raise(SIGKILL);
    auto placed = inner.place(order);
    if (death == Death::after_answer) ::raise(SIGKILL);
    return placed;
  }
  Result<State> state(std::string_view number) override { return inner.state(number); }
  Status close(std::string_view number) override { return inner.close(number); }
  Status cancel(std::string_view number) override { return inner.cancel(number); }
  milliseconds pause() const override { return inner.pause(); }
};

// A station's life: takes the orders, sends what is due an hour later each time, tells by lines in a file.
[[noreturn]] void live(const Service& service, const std::filesystem::path& folder, int life, Death death) {
  oree::testing::FakeClock clock;
  clock.advance(std::chrono::hours(life));
  NullLog log;
  MortalAdapter adapter(service.settings(), clock, death);
  SenderEvents events{.on_placed =
                          [&](const std::string& order, const Placed& placed) {
                            if (death == Death::before_told) ::raise(SIGKILL);
                            std::ofstream(folder / "told", std::ios::app)
                                << order << " " << placed.number << "\n";
                            if (death == Death::after_told) ::raise(SIGKILL);
                            return Status();
                          },
                      .on_refused = [](const std::string&, const Error&) -> Status { ::_exit(7); }};
  auto sender = Sender::open((folder / "erp.db").string(), adapter, std::move(events), {}, clock, log);
  if (!sender) ::_exit(2);
  for (int i = 0; i < kOrders; ++i) {
    if (!(*sender)->place(sample(cat("mo-", i)))) ::_exit(3);
  }
  for (int hour = 0; hour < kOrders + 1; ++hour) {
    (*sender)->run_due();
    clock.advance(std::chrono::hours(1));
  }
  ::_exit((*sender)->stats().waiting == 0 ? 0 : 4);
}

// True when it lived to its end.
bool one_life(const Service& service, const std::filesystem::path& folder, int life, Death death,
              std::atomic<pid_t>& child) {
  const pid_t pid = ::fork();
  if (pid == 0) live(service, folder, life, death);
  child = pid;
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  child = 0;
  if (WIFEXITED(status)) REQUIRE(WEXITSTATUS(status) == 0);
  return WIFEXITED(status);
}

void check_once(const Service& service, const std::filesystem::path& folder) {
  std::map<std::string, std::string> numbers;
  for (const json::Value& row : service.erp->records("msdyn_workorders")) {
    const std::string id = *row.find("oree_orderid")->text();
    CHECK_MESSAGE(numbers.emplace(id, *row.find("msdyn_name")->text()).second, id << " was made twice");
  }
  CHECK(numbers.size() == kOrders);
  CHECK(service.tasks() == 2 * kOrders);
  std::ifstream told(folder / "told");
  std::map<std::string, std::string> heard;
  for (std::string order, number; told >> order >> number;) heard[order] = number;
  CHECK(heard == numbers);
}

TEST_CASE("KilledAtAnyRequestNoOrderIsLostOrDoubled") {
  files::testing::TempFolder folder;
  std::atomic<pid_t> child{0};
  std::atomic<int> left{0};
  Service service([&](DoubleOptions& options) {
    // After it was done, before the answer is out.
    options.watch = [&](const std::string&, const std::string&) {
      const pid_t pid = child;
      if (left.fetch_sub(1) == 1 && pid > 0) ::kill(pid, SIGKILL);
    };
  });
  int life = 0;
  bool ended = false;
  for (int request = 1; !ended && request < 40; ++request) {
    left = request % 4 + 1;
    ended = one_life(service, folder.path(), 10 * ++life, Death::never, child);
  }
  left = 1'000'000;
  REQUIRE(one_life(service, folder.path(), 10 * ++life, Death::never, child));
  CHECK(life > 2);  // it was killed at all
  check_once(service, folder.path());
}

TEST_CASE("KilledBesideTheRequestsNoOrderIsLostOrDoubled") {
  files::testing::TempFolder folder;
  std::atomic<pid_t> child{0};
  Service service;
  int life = 0;
  for (const Death death :
       {Death::before_request, Death::after_answer, Death::before_told, Death::after_told}) {
    for (int round = 0; round < 2; ++round) {
      if (one_life(service, folder.path(), 10 * ++life, death, child)) break;
    }
  }
  REQUIRE(one_life(service, folder.path(), 10 * ++life, Death::never, child));
  CHECK(life > 5);
  check_once(service, folder.path());
}

}  // namespace
}  // namespace oree::erp
