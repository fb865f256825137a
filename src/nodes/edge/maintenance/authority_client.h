// One authority, as the station calls it over HTTP (docs/formats/authority.md). Blocking, each call with a
// deadline; redirects are not followed. One thread at a time.
#pragma once

#include <string>

#include "nodes/edge/settings/maintenance_fields.h"
#include "platform/http/client.h"
#include "services/approvals/statement.h"

namespace oree::edge {

class AuthorityClient {
 public:
  explicit AuthorityClient(const AuthoritySetting& setting) : setting_(setting) {}

  struct Answer {
    enum class Status { pending, decided } status = Status::pending;
    approvals::Signed statement;  // of a decided one; not verified here
    std::string reason;           // for people
  };
  // Errors: `unavailable` and `timeout` when it cannot be reached, otherwise the kind of its status.
  Result<Answer> ask(const approvals::Signed& proposal, const crypto::PublicKey& station,
                     const std::string& evidence_url);
  Result<Answer> look(const std::string& order);

  // C2SP tlog-witness: the status and the text of the answer.
  struct Cosigned {
    int status = 0;
    std::string text;
  };
  Result<Cosigned> add_checkpoint(const std::string& body);

 private:
  Result<http::Response> call(std::string_view method, const std::string& path, const std::string& body);
  const AuthoritySetting& setting_;
  http::Client client_;
};

}  // namespace oree::edge
