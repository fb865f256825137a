// Events to many webhooks in bad weather, and what one dead endpoint costs the others. Prints JSON. Driven by
// bench/orders.
//
//   oree-events-bench weather FOLDER SUBSCRIPTIONS EVENTS
//     every event goes to every subscription, over HTTP on loopback, 500 to a request. Of 20 requests 4 are
//     answered with 500 or 503, one is never answered in time and one late. One endpoint fails for ever, one
//     refuses for good. The clock is turned by hand, so that a day of retries takes minutes.
//   oree-events-bench dead FOLDER SUBSCRIPTIONS EVENTS (none | refused | silent)
//     the real clock and threads; the first subscription's endpoint is as the last word says. Milliseconds
//     from an event's taking to its arrival at the others.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "base/testing/fake_clock.h"
#include "base/text.h"
#include "platform/http/server.h"
#include "services/events/dispatcher.h"

namespace {

using namespace oree;
using namespace oree::events;

constexpr milliseconds kDeadline{150};
constexpr size_t kBatch = 500;
constexpr unsigned kThreads = 32;

template <class T>
T need(Result<T> result) {
  if (result) return *std::move(result);
  std::fprintf(stderr, "%s\n", result.error().what.c_str());
  std::exit(1);
}
void need(Status status) {
  if (status) return;
  std::fprintf(stderr, "%s\n", status.error().what.c_str());
  std::exit(1);
}

// The far ends: /s/N is the endpoint of subscription N. `serve` answers a POST.
class FarEnds {
 public:
  explicit FarEnds(std::function<http::Response(size_t, const http::Request&)> serve) {
    const auto index = [](const http::Request& request) {
      return static_cast<size_t>(parse_number<uint64_t>(request.capture("n")).value_or(0));
    };
    router_.add({"OPTIONS", "/s/{n}", "bench", "", [](const http::Request&) {
                   http::Response answer = http::text(200, "");
                   answer.with("WebHook-Allowed-Origin", "*");
                   return answer;
                 }});
    router_.add({"POST", "/s/{n}", "bench", "",
                 [serve, index](const http::Request& request) { return serve(index(request), request); }});
    http::ServerOptions options;
    options.workers = 2 * kThreads;
    options.max_queue = 4096;
    server_ = need(http::Server::start(options, router_, log_));
  }
  std::string url(size_t subscription) const {
    return cat("http://127.0.0.1:", server_->port(), "/s/", subscription);
  }

 private:
  http::Router router_;
  NullLog log_;
  std::unique_ptr<http::Server> server_;
};

Event event_of(uint64_t number, WallTime time) {
  return {cat("019ab2c4-", number),
          "Oree.Maintenance.OrderApproved",
          "/stations/bench",
          cat("orders/", number),
          time,
          json::Object{{"n", number}, {"asset", "robot-07"}, {"fault", "bit_wear"}, {"state", "approved"}}};
}

// The numbers of a body's events: "n":123.
void numbers_of(std::string_view body, const std::function<void(uint64_t)>& each) {
  constexpr std::string_view kKey = "\"n\":";
  for (size_t at = body.find(kKey); at != std::string_view::npos; at = body.find(kKey, at)) {
    at += kKey.size();
    each(parse_number<uint64_t>(body.substr(at, body.find_first_not_of("0123456789", at) - at)).value_or(0));
  }
}

SubscriberPlan plan_of(size_t number) {
  SubscriberPlan plan;
  plan.name = cat("s", number);
  return plan;
}

WebhookSettings webhook_of(const std::string& url, size_t batch, milliseconds deadline) {
  WebhookSettings settings;
  settings.url = need(http::parse_url(url));
  settings.batch = batch;
  settings.origin = "bench";
  settings.deadline = deadline;
  return settings;
}

class Weather {
 public:
  Weather(const std::filesystem::path& folder, size_t subscriptions, uint64_t events)
      : events_(events),
        far_([this](size_t n, const http::Request& request) { return serve(n, request); }),
        store_(need(EventStore::open(folder / "events.db"))) {
    for (size_t i = 0; i < subscriptions; ++i) {
      arrived_.emplace_back(events + 1);
      auto sink = std::make_unique<Webhook>(webhook_of(far_.url(i), kBatch, kDeadline), clock_);
      all_.push_back(
          need(Subscriber::open(plan_of(i), std::move(sink), *store_, clock_, [] { return 0.5; }, log_)));
    }
  }

  void play() {
    const auto began = std::chrono::steady_clock::now();
    std::vector<WallTime> due(all_.size(), clock_.wall());
    for (uint64_t number = 1; number <= events_;) {
      std::vector<Event> some;
      for (; number <= events_ && some.size() < 5'000; ++number)
        some.push_back(event_of(number, clock_.wall()));
      need(store_->take(some, static_cast<int64_t>(number)));
      std::ranges::fill(due, clock_.wall());
      round(due);
      clock_.advance(milliseconds(100));
    }
    const WallTime end = clock_.wall() + std::chrono::hours(30);
    while (clock_.wall() < end) {
      round(due);
      const WallTime next = *std::ranges::min_element(due);
      clock_.advance(std::max<microseconds>(std::min(next, end) - clock_.wall(), milliseconds(1)));
    }
    seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  }

  void report() {
    std::map<std::string, uint64_t> reasons;
    std::vector<std::set<uint64_t>> dead(all_.size());
    for (const auto& letter : need(store_->dead(10 * events_))) {
      ++reasons[letter.reason];
      dead[parse_number<size_t>(letter.subscription.substr(1)).value_or(0)].insert(
          static_cast<uint64_t>(*letter.event.data.find("n")->integer()));
    }
    uint64_t delivered = 0, twice = 0, buried = 0, lost = 0;
    for (size_t i = 0; i < all_.size(); ++i) {
      for (uint64_t n = 1; n <= events_; ++n) {
        const int times = arrived_[i][n];
        delivered += times > 0 ? 1 : 0;
        twice += times > 1 ? 1 : 0;
        buried += dead[i].contains(n) ? 1 : 0;
        lost += times == 0 && !dead[i].contains(n) ? 1 : 0;
      }
    }
    std::string text;
    for (const auto& [reason, count] : reasons)
      text += cat(text.empty() ? "" : ",", "\"", reason, "\":", count);
    std::printf(
        "{\"subscriptions\":%zu,\"events\":%llu,\"requests\":%llu,\"failed\":%llu,\"delivered\":%llu,"
        "\"again\":%llu,"
        "\"dead\":%llu,\"reasons\":{%s},\"lost\":%llu,\"seconds\":%.1f}\n",
        all_.size(), number(events_), number(requests_), number(failed_), number(delivered), number(twice),
        number(buried), text.c_str(), number(lost), seconds_);
  }

 private:
  static unsigned long long number(uint64_t value) { return value; }

  // Everybody who is due, at the same time; the clock stands still meanwhile.
  void round(std::vector<WallTime>& due) {
    const WallTime now = clock_.wall();
    std::vector<size_t> who;
    for (size_t i = 0; i < due.size(); ++i) {
      if (due[i] <= now) who.push_back(i);
    }
    std::atomic<size_t> next{0};
    const auto work = [&] {
      for (size_t turn = next++; turn < who.size(); turn = next++) {
        WallTime& mine = due[who[turn]];
        while (mine <= now) {
          const auto rest = all_[who[turn]]->step();
          if (rest > microseconds(0)) mine = now + std::max<microseconds>(rest, milliseconds(1));
        }
      }
    };
    std::vector<std::jthread> threads;
    for (size_t t = 1; t < std::min<size_t>(kThreads, who.size()); ++t) threads.emplace_back(work);
    work();
  }

  http::Response serve(size_t n, const http::Request& request) {
    ++requests_;
    thread_local std::mt19937 random(std::random_device{}());
    const auto roll = n < 2 ? 0 : random() % 20;
    if (n == 0 || (n >= 2 && roll < 4)) return refuse(roll % 2 == 0 ? 503 : 500);
    if (n == 1) return refuse(400);
    // Too late: the caller has gone. Nobody counts what it never heard of.
    if (roll == 4) std::this_thread::sleep_for(2 * kDeadline);
    if (roll == 4) return refuse(500);
    if (roll == 5) std::this_thread::sleep_for(kDeadline / 5);
    numbers_of(request.body, [&](uint64_t number) { ++arrived_[n][number]; });
    return http::text(200, "");
  }

  http::Response refuse(int status) {
    ++failed_;
    return http::text(status, "");
  }

  const uint64_t events_;
  std::vector<std::vector<std::atomic<uint8_t>>> arrived_;
  std::atomic<uint64_t> requests_{0}, failed_{0};
  oree::testing::FakeClock clock_;
  NullLog log_;
  FarEnds far_;
  std::unique_ptr<EventStore> store_;
  std::vector<std::unique_ptr<Subscriber>> all_;
  double seconds_ = 0;
};

// A port where nobody listens, or somebody who never answers.
struct DeadEnd {
  int fd = -1;
  uint16_t port = 0;
  explicit DeadEnd(bool listens) {
    fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
        (listens && ::listen(fd, 64) != 0))
      std::exit(1);
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
  }
  ~DeadEnd() { ::close(fd); }
};

void measure_dead(const std::filesystem::path& folder, size_t subscriptions, uint64_t events,
                  std::string_view kind) {
  SystemClock clock;
  NullLog log;
  files::RealDisk disk;
  std::vector<std::atomic<int64_t>> taken(events + 1);
  std::mutex mutex;
  std::vector<double> ms;
  std::atomic<uint64_t> came{0};
  FarEnds far([&](size_t n, const http::Request& request) {
    const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
    if (n == 0) return http::text(200, "");
    numbers_of(request.body, [&](uint64_t number) {
      const std::lock_guard lock(mutex);
      ms.push_back(static_cast<double>(now - taken[number]) / 1e6);
    });
    ++came;
    return http::text(200, "");
  });
  DeadEnd end(kind == "silent");
  std::vector<Subscription> all;
  for (size_t i = 0; i < subscriptions; ++i) {
    Subscription one;
    one.plan = plan_of(i);
    const bool dead = i == 0 && kind != "none";
    one.webhook =
        webhook_of(dead ? cat("http://127.0.0.1:", end.port, "/") : far.url(i), 1, std::chrono::seconds(30));
    all.push_back(std::move(one));
  }
  auto dispatcher =
      need(Dispatcher::open(folder / "events.db", all, {clock, disk, log, folder, "bench", "", {}}));
  dispatcher->start();
  uint64_t sent = 0;
  // The first events wait for the handshakes; they are not counted.
  const auto publish = [&](uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) {
      const Event event = event_of(++sent, clock.wall());
      taken[sent] = std::chrono::steady_clock::now().time_since_epoch().count();
      need(dispatcher->take({&event, 1}, static_cast<int64_t>(sent)));
      while (came < sent * (subscriptions - 1)) std::this_thread::yield();
    }
  };
  publish(events / 10 + 1);
  {
    const std::lock_guard lock(mutex);
    ms.clear();
  }
  publish(events - events / 10 - 1);
  dispatcher->stop();
  std::ranges::sort(ms);
  const auto at = [&](double share) {
    return ms[static_cast<size_t>(share * static_cast<double>(ms.size() - 1))];
  };
  std::printf("{\"end\":\"%s\",\"deliveries\":%zu,\"p50_ms\":%.3f,\"p95_ms\":%.3f,\"p99_ms\":%.3f}\n",
              std::string(kind).c_str(), ms.size(), at(0.5), at(0.95), at(0.99));
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const bool weather = words.size() == 4 && words[0] == "weather";
  const bool dead = words.size() == 5 && words[0] == "dead";
  if (!weather && !dead) {
    std::fprintf(stderr,
                 "usage: oree-events-bench weather FOLDER SUBSCRIPTIONS EVENTS\n"
                 "       oree-events-bench dead FOLDER SUBSCRIPTIONS EVENTS none|refused|silent\n");
    return 2;
  }
  const auto subscriptions = parse_number<size_t>(words[2]).value_or(2);
  const auto events = parse_number<uint64_t>(words[3]).value_or(100);
  if (dead) {
    measure_dead(words[1], subscriptions, events, words[4]);
    return 0;
  }
  Weather all(words[1], subscriptions, events);
  all.play();
  all.report();
  return 0;
}
