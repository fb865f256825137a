// One small file for each order in a blob container: flags/<order>.json says its newest state, so that
// whoever only watches a container sees what is to be done. The container is a folder here, and its copy in
// Azure Blob Storage when one is named.
#pragma once

#include <filesystem>
#include <memory>

#include "base/clock.h"
#include "base/log.h"
#include "core/targets/container.h"
#include "platform/files/files.h"
#include "services/events/sinks/sink.h"

namespace oree::events {

class FlagFile final : public Sink {
 public:
  explicit FlagFile(std::unique_ptr<targets::Container> container) : container_(std::move(container)) {}
  Outcome deliver(std::span<const Event> events) override;
  size_t batch() const override { return 100; }

 private:
  const std::unique_ptr<targets::Container> container_;
};

// "orders/019a…" → "flags/019a….json"
std::string flag_name(const Event& event);

// `azure_file` holds a connection string; "" = the folder alone.
Result<std::unique_ptr<Sink>> open_flag_file(const std::filesystem::path& folder,
                                             const std::filesystem::path& azure_file,
                                             const std::string& container, files::Disk& disk,
                                             const Clock& clock, Log& log);

}  // namespace oree::events
