// What is remembered of modules, on disk. Private to this room.
#pragma once

#include "platform/files/files.h"
#include "services/modules/plan.h"

namespace oree::modules {

using Histories = std::map<std::string, History>;
Status store_history(files::Disk& disk, const files::Path& file, const Histories& histories);
// Empty when there is none. What cannot be read is an error; nothing but counts is lost with it.
Result<Histories> load_history(files::Disk& disk, const files::Path& file);

}  // namespace oree::modules
