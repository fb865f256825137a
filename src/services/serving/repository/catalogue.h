// The models of a repository and the state of each version, as values: what lies on disk, what is loaded, why
// not. Guarded by whoever owns it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/modelconfig/repository/aspired.h"
#include "core/modelconfig/repository/inline_model.h"
#include "core/modelconfig/repository/model_folder.h"
#include "services/serving/repository/served_model.h"
#include "services/serving/repository/snapshot.h"

namespace oree::serving {

enum class ModelState { not_loaded, loading, ready, unloading, unavailable };
std::string_view state_name(ModelState state);  // the protocol's: READY, LOADING, UNAVAILABLE

struct ModelStatus {
  std::string name;
  std::string version;
  ModelState state = ModelState::not_loaded;
  std::string reason;  // why it is not ready
  std::string digest;  // when ready
};

struct KnownVersion {
  bool on_disk = true;
  ModelState state = ModelState::not_loaded;
  Error failure{};
  bool tried = false;  // since it was last unloaded; `tried_mark` is of that
  uint64_t tried_mark = 0;
  bool failed = false;   // the last try; an older model may serve
  bool resting = false;  // unloaded to stay within the budget; comes back when it is asked for
  std::shared_ptr<const ServedModel> model;  // kept while a reload is under way or has failed
  std::shared_ptr<LastUse> used = std::make_shared<LastUse>(0);
};

struct KnownModel {
  std::shared_ptr<const modelconfig::ModelFolder> folder;
  std::shared_ptr<const files::PrivateFolder> sent;  // where the folder lies, if a client sent it
  uint64_t configuration = 0;                        // changes with what a client sent as configuration
  bool wanted = false;
  bool settling = false;
  std::vector<std::string> brings;  // while it settles: the models that it waits for
  std::optional<Error> trouble;     // why none of its versions was tried: its steps, or no version to serve
  std::map<uint64_t, KnownVersion> versions;

  // What one version's files and configuration are now; differs when it has to be loaded again.
  uint64_t mark_of(uint64_t version) const;
  bool has_changed(uint64_t version) const;
  // A new look at its folder: versions come, and those that are gone stay only while they serve.
  void look_again(modelconfig::ModelFolder seen);
  modelconfig::ModelView view() const;
  ReadyModel ready(bool on_demand) const;
  std::vector<uint64_t> aspired() const;  // of the versions on disk, those that the policy wants
  // The ensembles' models, each once.
  std::vector<std::string> steps() const;
};

using Catalogue = std::map<std::string, KnownModel, std::less<>>;

}  // namespace oree::serving
