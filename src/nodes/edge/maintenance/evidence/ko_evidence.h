// What is sealed of a run of refused parts: the parts as they were stored, their pictures, and the models
// that refused them, so that anybody can judge them again (ko_replay.h). Values; reads through what it is
// lent.
//
//   item/<id>.json  picture/<id>/<camera>  model/<name>/<version>/<file>  configuration.json
//
// An authority reads 64 MiB of evidence unless it says otherwise, so there are bounds: the newest refused
// parts whose pictures fit into 24 MiB, at most 40; models while they fit into 32 MiB together, the others by
// the digest that each part names.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "nodes/edge/maintenance/evidence/ko_run.h"
#include "nodes/edge/maintenance/evidence/sighting.h"

namespace oree::edge {

// Stored parts, their pictures and their models; `not_found` for those that retention or a person has taken.
struct ItemSource {
  std::function<Result<std::string>(const std::string& id)> item;
  std::function<Result<ByteBuffer>(const std::string& digest)> picture;
  // The folder of a package, models/<name>/<version>.
  std::function<Result<std::filesystem::path>(const std::string& name, const std::string& version)> model;
};

json::Value cause_json(const KoSighting& seen);
Result<DataSet> data_set(const KoSighting& seen, const ItemSource& source);

}  // namespace oree::edge
