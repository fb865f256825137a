// One small file for each order: <folder>/<order>.json says its newest state as a CloudEvent, so that whoever
// only watches a folder or a container sees what is to be done. The folder is always there; its copy in a
// container of Azure Blob Storage, flags/<order>.json, follows when one is named.
//
// The file is replaced by what is newer only, and what is copied is always the file as it stands: so events
// that come late, twice, or after a restart change nothing for the worse.
#pragma once

#include <filesystem>

#include "base/clock.h"
#include "core/targets/azure_container.h"
#include "platform/files/files.h"
#include "services/events/sinks/sink.h"

namespace oree::events {

struct FlagSettings {
  std::filesystem::path folder;
  std::filesystem::path azure_file;  // of a connection string, read for each delivery; "" = the folder alone
  std::string container;
};

class FlagFile final : public Sink {
 public:
  FlagFile(FlagSettings settings, files::Disk& disk, const Clock& clock)
      : settings_(std::move(settings)), disk_(disk), clock_(clock) {}
  Outcome deliver(std::span<const Event> events) override;
  size_t batch() const override { return 10; }

 private:
  Result<std::string> keep(const Event& event, const std::string& name);
  const FlagSettings settings_;
  files::Disk& disk_;
  const Clock& clock_;
};

// "orders/019a…" → "019a….json"; what no name may hold becomes '_'.
std::string flag_name(std::string_view subject);

}  // namespace oree::events
