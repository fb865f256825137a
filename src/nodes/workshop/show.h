// What the Optimise page sees of one run or search while it goes on: stages as they are measured, gates,
// certificates, ways that were tried. The run's thread writes, the server's threads read. Thread-safe.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "nodes/workshop/optimise.h"
#include "platform/http/router.h"
#include "platform/json/value.h"

namespace oree::workshop {

class Show {
 public:
  explicit Show(std::string model, const Clock& clock)
      : model_(std::move(model)), clock_(clock), began_(clock.mono()) {}

  void tell(std::string_view line);  // what it does now
  void add(const certification::Stage& stage);
  void judged(const std::vector<Outcome>& outcomes);
  void searched(const json::Value& record);                     // so far (studies/record.h)
  void offer(const std::vector<std::filesystem::path>& files);  // that may be fetched by their names
  void finish();
  void finish(const Error& error);

  // web/src/workshop/types.ts has the shape.
  json::Value json() const;
  // GET /api/v1/optimise, and what was handed out below /api/v1/optimise/files/.
  void mount(http::Router& router);

 private:
  http::Response file(const std::string& name) const;

  const std::string model_;
  const Clock& clock_;
  const MonoTime began_;
  mutable std::mutex mutex_;
  std::string now_;
  std::vector<certification::Stage> stages_;
  std::vector<Outcome> outcomes_;
  json::Value search_;
  std::optional<MonoTime> ended_;
  std::optional<Error> error_;
  std::map<std::string, std::filesystem::path> files_;  // name → what was handed out
};

}  // namespace oree::workshop
