// What every Runtime keeps to, whatever it runs modules with. A test calls each with a runtime that has no
// modules, specs that do what their names say, and how to let time pass until something is seen.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include "services/modules/runtime.h"

namespace oree::modules::testing {

struct Bench {
  std::function<Runtime&()> again;  // the runtime as another process would open it
  Spec lives;                       // says "hello", then runs until it is stopped
  Spec fails;                       // says "on error" on standard error, then ends with 3
};

inline std::optional<Observed> look(Runtime& runtime, const std::string& name) {
  const auto all = runtime.observe();
  REQUIRE_MESSAGE(all, (all ? "" : all.error().what));
  const auto found = std::ranges::find(*all, name, &Observed::name);
  return found == all->end() ? std::nullopt : std::optional(*found);
}

// Looks again until it is so; the test's own time limit ends what never becomes so.
inline Observed await(Runtime& runtime, const std::string& name,
                      const std::function<bool(const Observed&)>& so) {
  for (int i = 0; i < 20'000; ++i) {
    if (const auto seen = look(runtime, name); seen && so(*seen)) return *seen;
    ::poll(nullptr, 0, 1);
  }
  FAIL("it never became so: " << name);
  return {};
}

inline std::string await_log(Runtime& runtime, const std::string& name, std::string_view words) {
  for (int i = 0; i < 20'000; ++i) {
    const auto page = runtime.logs(name, {});
    if (page && page->text.find(words) != std::string::npos) return page->text;
    ::poll(nullptr, 0, 1);
  }
  FAIL("it never said so: " << name);
  return "";
}

inline void conforms(const Bench& bench) {
  Runtime& runtime = bench.again();
  CHECK(!look(runtime, bench.lives.name));
  CHECK(runtime.stop("nobody", milliseconds(10)));
  CHECK(runtime.remove("nobody"));
  CHECK(!runtime.logs("nobody", {}));
  CHECK(!runtime.start("nobody"));
  REQUIRE(runtime.image(bench.lives)->state == ImageState::ready);

  REQUIRE(runtime.create(bench.lives));
  CHECK(look(runtime, bench.lives.name)->phase == Phase::created);
  CHECK(look(runtime, bench.lives.name)->digest == bench.lives.digest);
  REQUIRE(runtime.start(bench.lives.name));
  auto seen = await(runtime, bench.lives.name, [](const auto& one) { return one.phase == Phase::running; });
  REQUIRE(seen.started);
  await_log(runtime, bench.lives.name, "hello\n");

  // Another process finds the same module, running since the same moment.
  Runtime& second = bench.again();
  const auto found = look(second, bench.lives.name);
  REQUIRE(found);
  CHECK(found->phase == Phase::running);
  CHECK(found->started == seen.started);
  CHECK(found->digest == bench.lives.digest);

  REQUIRE(second.stop(bench.lives.name, milliseconds(5'000)));
  seen = await(second, bench.lives.name, [](const auto& one) { return one.phase == Phase::exited; });
  REQUIRE(seen.finished);
  CHECK(*seen.finished >= *seen.started);
  REQUIRE(second.start(bench.lives.name));
  await(second, bench.lives.name, [](const auto& one) { return one.phase == Phase::running; });
  REQUIRE(second.stop(bench.lives.name, milliseconds(5'000)));
  REQUIRE(second.remove(bench.lives.name));
  CHECK(!look(second, bench.lives.name));

  REQUIRE(second.create(bench.fails));
  REQUIRE(second.start(bench.fails.name));
  seen = await(second, bench.fails.name, [](const auto& one) { return one.phase == Phase::exited; });
  CHECK(seen.exit_code == 3);
  CHECK(await_log(second, bench.fails.name, "on error\n") == "on error\n");
  REQUIRE(second.remove(bench.fails.name));
}

}  // namespace oree::modules::testing
