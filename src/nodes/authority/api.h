// The routes of an authority (docs/formats/authority.md). Private to this room.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/ledger/witness/witness.h"
#include "nodes/authority/judge.h"
#include "platform/http/router.h"
#include "platform/json/value.h"

namespace oree::authority {

struct Parts {
  const Settings& settings;
  const Clock& clock;
  Store& store;
  Judge& judge;
  crypto::PublicKey key;
  ledger::Witness& witness;
  std::string ethereum;  // "" for none
};

// "oree/<station>/orders"
std::string log_origin(const std::string& station);

http::Response error_response(const Error& error);
// What POST /api/v1/proposals answers.
json::Value answer_json(const Record& record, const std::string& trouble);

void mount_proposals(http::Router& router, Parts& parts);
void mount_identity(http::Router& router, Parts& parts);
void mount_page(http::Router& router);

}  // namespace oree::authority
