// The mapping file of an ERP that speaks JSON over HTTP: which requests make, find, close an order, and what
// its answers mean. Written by whoever knows that ERP; examples in examples/erp, described in this room's
// README.
//
// Values; reading a mapping reads no other file. Secrets are named here and read when they are needed.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "services/erp/erp.h"
#include "services/erp/mapping/template.h"

namespace oree::erp {

struct StatusRange {
  int from = 0, to = 0;
  bool operator==(const StatusRange&) const = default;
};

// done: it is so. exists: somebody made it before, look it up. again: try later. refuse: never.
enum class Verdict { done, exists, again, refuse };

struct StatusTable {
  std::vector<StatusRange> done{{200, 299}};
  std::vector<StatusRange> exists;
  std::vector<StatusRange> again{{408, 408}, {425, 425}, {429, 429}, {500, 599}};
  std::vector<StatusRange> refuse;  // said so, even of 401 and 403, which are otherwise tried again
  Verdict verdict(int status) const;
  bool refuses_by_name(int status) const;
};

struct RequestTemplate {
  std::string method = "POST";
  TextTemplate url;  // a path is put behind Mapping::url
  std::vector<std::pair<std::string, TextTemplate>> headers;
  std::optional<Template> body;
  std::string at;  // JSON pointer to what is looked for in the answer
};

struct Secret {
  std::string name;
  std::filesystem::path file;
};

struct Mapping {
  std::string system;  // "odoo"
  std::string url;
  std::vector<Secret> secrets;
  std::vector<std::pair<std::string, TextTemplate>> headers;  // of every request
  std::string idempotency_header;                             // carries the order's id; "" = none
  std::shared_ptr<const Tables> tables;                       // the templates point into it
  StatusTable status;
  std::string error_at, message_at;  // pointers: an answer 200 that is none, as JSON-RPC has it
  RequestTemplate create;
  std::optional<RequestTemplate> lookup, state, close, cancel;
  std::optional<TextTemplate> page;       // of an order, for people
  std::map<std::string, Progress> words;  // of the state
};

// `invalid` with the places of all that is wrong. Relative paths of secrets are below `folder`.
Result<Mapping> parse_mapping(const config::Node& node, const std::filesystem::path& folder);

}  // namespace oree::erp
