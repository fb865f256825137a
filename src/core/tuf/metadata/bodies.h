// How the parts of metadata are read from JSON. Private to this room; metadata.h is the door.
#pragma once

#include "core/tuf/metadata/metadata.h"

namespace oree::tuf {

Result<Keys> read_keys(const json::Value* value);
Result<RoleKeys> read_role_keys(const json::Value& value);
Result<Hashes> read_hashes(const json::Value* value);

Status read_meta(const json::Value& object, MetaFiles& out);  // what stands under "meta"

Status read_body(const json::Value& value, Root& root);
Status read_body(const json::Value& value, Timestamp& timestamp);
Status read_body(const json::Value& value, Snapshot& snapshot);
Status read_body(const json::Value& value, Targets& targets);

}  // namespace oree::tuf
