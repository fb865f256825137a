// Who may write to an Azure Blob service, from a connection string, and how a request is signed ("Authorize
// with Shared Key", version 2021-08-06). Values, pure.
//
//   DefaultEndpointsProtocol=https;AccountName=plant;AccountKey=…;EndpointSuffix=core.windows.net
//   BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;AccountName=devstoreaccount1;AccountKey=…
//   BlobEndpoint=https://plant.blob.core.windows.net;SharedAccessSignature=sv=…&sig=…
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "platform/http/client.h"

namespace oree::targets {

struct AzureAccount {
  http::Url endpoint;     // of the blob service; `target` without '/' at its end, "" mostly
  std::string name;       // "" with a signature alone
  ByteBuffer key;         // shared key; else
  std::string signature;  // the query of a shared access signature, without '?'
};
// `invalid` with what is missing; never repeats a secret.
Result<AzureAccount> parse_connection_string(std::string_view text);

// What a shared key signs. `path` is the request's, without query; `query` sorted by name; x-ms-* headers in
// lower case.
struct AzureRequest {
  std::string_view method;
  std::string_view path;
  std::vector<std::pair<std::string, std::string>> query;
  std::vector<http::Header> headers;
  size_t length = 0;
};
std::string string_to_sign(const AzureRequest& request, std::string_view account);
std::string authorization(const AzureRequest& request, const AzureAccount& account);

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string rfc1123_text(WallTime time);

}  // namespace oree::targets
