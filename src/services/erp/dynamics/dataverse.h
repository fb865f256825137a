// Calls to a Dataverse Web API, v9.2: the bearer token (OAuth 2.0 client credentials, RFC 6749 §4.4), the
// OData 4.0 headers, the errors.
//
// The token is kept until a minute before it ends, and renewed once when the server says 401 all the same;
// the secret's file is read anew each time, so it can be exchanged without a restart. Neither is ever part of
// an error. Thread-safe; a call blocks for at most two deadlines (token, request), four after a 401.
#pragma once

#include <atomic>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "platform/http/client.h"
#include "platform/json/value.h"

namespace oree::erp {

struct DataverseSettings {
  std::string url;        // "https://contoso.crm4.dynamics.com", without '/' at the end
  std::string token_url;  // "https://login.microsoftonline.com/<tenant>/oauth2/v2.0/token"
  std::string client_id;
  std::filesystem::path secret_file;
  std::filesystem::path ca_file;  // "" = whom the system trusts
  milliseconds deadline{20'000};  // of one request
};

struct DataverseAnswer {
  int status = 200;
  json::Value body;  // null when there was none
};

class Dataverse {
 public:
  // The clock must outlive this.
  Dataverse(DataverseSettings settings, const Clock& clock);

  // `path` below /api/data/v9.2/, already escaped; a null body sends none. Success is 2xx; a 2xx whose body
  // is broken is `unavailable`, because nobody knows what was done.
  Result<DataverseAnswer> call(std::string_view method, std::string_view path, const json::Value& body,
                               const std::vector<http::Header>& headers);
  milliseconds pause() const { return pause_.load(); }
  const std::string& url() const { return settings_.url; }

 private:
  Result<std::string> token();
  Result<std::string> fetch_token(microseconds& lifetime);
  void forget_token(const std::string& stale);
  Result<http::Response> send(std::string_view method, std::string_view path, std::string_view body,
                              const std::vector<http::Header>& headers, const std::string& token);
  std::unexpected<Error> failed(const http::Response& answer);

  const DataverseSettings settings_;
  const Clock& clock_;
  http::Client client_;
  std::atomic<milliseconds> pause_{milliseconds(0)};
  std::mutex mutex_;  // the token, also while it is fetched: one asks, the others wait for it
  std::string token_;
  MonoTime token_end_{};
};

// A secret as a file holds it, without the line's end. `not_found`, `invalid` when empty or not one line.
Result<std::string> read_secret(const std::filesystem::path& file);

}  // namespace oree::erp
