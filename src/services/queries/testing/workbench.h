// A door with a store in memory, models that count, a clock that stands, and a folder that goes. For tests.
#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/testing/fake_clock.h"
#include "core/readings/testing/memory_store.h"
#include "services/queries/queries.h"
#include "services/queries/testing/fake_models.h"

namespace oree::queries::testing {

class Workbench {
 public:
  Workbench() {
    std::string pattern = (std::filesystem::temp_directory_path() / "oree-queries-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    open(nullptr);
  }
  virtual ~Workbench() {
    close();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  void open(tsql::Automation* automation, ModelSource* source = nullptr) {
    close();
    auto opened = Queries::open(
        {folder_ / "sql.db", &store, source != nullptr ? source : &models, automation}, clock, log);
    REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().what));
    door_ = std::move(*opened);
  }
  void close() { door_.reset(); }
  void reopen() { open(nullptr); }
  Queries& door() { return *door_; }

  // The answer as CSV with '|' between rows, or "kind: what".
  std::string ask(std::string_view text, Role role = Role::admin, const Limits& limits = {}) {
    const auto answer = door_->run(text, role, limits);
    if (!answer) return std::string(facts(answer.error().kind).name) + ": " + answer.error().what;
    if (answer->columns.empty()) return answer->note;
    std::string csv = tsql::print_csv(*answer), out;
    for (const char c : csv.substr(csv.find('\n') + 1)) {
      if (c != '\r') out += c == '\n' ? '|' : c;
    }
    if (!out.empty()) out.pop_back();
    return out;
  }
  readings::SeriesId add(std::string_view machine, std::string_view sensor,
                         const std::vector<std::pair<readings::Micros, double>>& points) {
    const auto id = store.series(machine, sensor).value_or(0);
    std::vector<readings::Reading> batch;
    for (const auto& [time, value] : points) batch.push_back({id, time, value});
    REQUIRE(store.append(batch, "", 0));
    return id;
  }

  readings::testing::MemoryStore store;
  FakeModels models;
  oree::testing::FakeClock clock;
  NullLog log;

 private:
  std::filesystem::path folder_;
  std::unique_ptr<Queries> door_;
};

}  // namespace oree::queries::testing
