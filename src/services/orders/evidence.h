// The very data behind an order, sealed: each part and the manifest that lists them lie in a folder under
// their SHA-256, durable before the order is. Whoever holds the manifest's digest can tell whether a byte was
// altered. Thread-safe.
//
// Manifest (canonical JSON: keys sorted, no spaces, so that it has one digest):
//   {"asset","configuration","detector":{…},"format":"oree/evidence/v1",
//    "parts":[{"bytes","digest","name","type"}],"scores":[[ms,score]…]}
#pragma once

#include <span>
#include <string>
#include <vector>

#include "platform/files/files.h"
#include "services/orders/order.h"

namespace oree::orders {

struct PartBytes {
  std::string name;
  std::string type;
  ByteBuffer bytes;
};

// The value with every object's keys in order, printed without spaces.
std::string canonical(const json::Value& value);

class EvidenceStore {
 public:
  EvidenceStore(files::Disk& disk, files::Path folder) : disk_(disk), folder_(std::move(folder)) {}

  // `facts`: the manifest's members beside "format" and "parts".
  Result<Evidence> seal(json::Object facts, std::span<const PartBytes> parts);
  // The bytes under a digest. `not_found`, or `corrupt` when they are not what was sealed.
  Result<ByteBuffer> load(std::string_view digest) const;
  // One blob that belongs to no manifest; its digest.
  Result<std::string> keep(ByteView bytes);
  // The same for a technician's photo: anybody may send one, so the last of the disk is not for them
  // (`full`).
  Result<std::string> keep_photo(ByteView bytes);
  bool has(std::string_view digest) const;

 private:
  Result<files::Path> path(std::string_view digest) const;
  files::Disk& disk_;
  const files::Path folder_;
};

}  // namespace oree::orders
