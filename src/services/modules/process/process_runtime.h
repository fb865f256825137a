// Modules as plain processes of this box: a folder each, with a keeper (keeper.h) as long as it runs. One
// thread; a second runtime over the same folder finds the same modules, which is how a station that was
// killed finds them again.
#pragma once

#include <map>
#include <memory>

#include "services/modules/process/cgroup.h"
#include "services/modules/process/keeper.h"
#include "services/modules/runtime.h"

namespace oree::modules {

struct ProcessSettings {
  std::filesystem::path folder;             // below it one for each module
  std::vector<std::string> keeper_program;  // the keeper's words before its folder
  LogLimits log;
};

class ProcessRuntime final : public Runtime {
 public:
  ProcessRuntime(ProcessSettings settings, ControlGroups groups, files::Disk& disk, const Clock& clock);
  ~ProcessRuntime() override;

  Result<std::vector<Observed>> observe() override;
  Result<ImageReport> image(const Spec&) override { return ImageReport{ImageState::ready, ""}; }
  Status fetch(const Spec&) override { return {}; }
  Status create(const Spec& spec) override;
  Status start(const std::string& name) override;
  Status stop(const std::string& name, milliseconds grace) override;
  Status remove(const std::string& name) override;
  Result<LogPage> logs(const std::string& name, const LogQuery& query) override;
  std::vector<int> descriptors() const override;
  const ControlGroups& groups() const { return groups_; }

 private:
  struct Watch {
    ProcessId keeper;
    int descriptor = -1;
  };
  std::filesystem::path folder_of(const std::string& name) const { return settings_.folder / name; }
  Result<json::Value> read(const std::string& name, std::string_view file);
  Result<Observed> look_at(const std::string& name);
  Status note_lost(const std::string& name, const KeeperState& state);
  void watch(const std::string& name, const ProcessId* keeper);

  const ProcessSettings settings_;
  const ControlGroups groups_;
  files::Disk& disk_;
  const Clock& clock_;
  std::map<std::string, Watch> watched_;
};

}  // namespace oree::modules
