#include "core/targets/azure_account.h"

#include <doctest/doctest.h>

#include "base/text.h"

namespace oree::targets {
namespace {

// "Get Container Metadata" of the service's own page on shared keys.
TEST_CASE("TheStringToSignIsTheDocumentedOne") {
  const AzureRequest request{"GET",
                             "/mycontainer",
                             {{"comp", "metadata"}, {"restype", "container"}, {"timeout", "20"}},
                             {{"x-ms-version", "2015-02-21"}, {"x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT"}},
                             0};
  CHECK(string_to_sign(request, "myaccount") ==
        "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n"
        "/myaccount/mycontainer\ncomp:metadata\nrestype:container\ntimeout:20");
}

TEST_CASE("WhatIsPutIsSignedWithItsLengthDigestAndType") {
  const AzureRequest request{"PUT",
                             "/mycontainer/a.json",
                             {},
                             {{"Content-Type", "application/json"},
                              {"x-ms-blob-type", "BlockBlob"},
                              {"Content-MD5", "kAFQmDzST7DWlj99KOF/cg=="}},
                             3};
  CHECK(string_to_sign(request, "a") ==
        "PUT\n\n\n3\nkAFQmDzST7DWlj99KOF/cg==\napplication/json\n\n\n\n\n\n\nx-ms-blob-type:BlockBlob\n"
        "/a/mycontainer/a.json");
}

TEST_CASE("AConnectionStringNamesTheServiceAndTheKey") {
  const auto account = parse_connection_string(
      "DefaultEndpointsProtocol=https;AccountName=plant;AccountKey=c2VjcmV0;EndpointSuffix=core.windows."
      "net\n");
  REQUIRE(account);
  CHECK(account->endpoint.host == "plant.blob.core.windows.net");
  CHECK(account->endpoint.tls);
  CHECK(account->endpoint.target == "");
  CHECK(account->name == "plant");
  CHECK(as_text(account->key) == "secret");
}

TEST_CASE("AnEmulatorsAccountStandsInItsPath") {
  const auto account = parse_connection_string(
      "BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1/"
      ";AccountName=devstoreaccount1;AccountKey=c2VjcmV0;");
  REQUIRE(account);
  CHECK(account->endpoint.port == 10000);
  CHECK(account->endpoint.target == "/devstoreaccount1");
}

TEST_CASE("ASignatureStandsForAKey") {
  const auto account = parse_connection_string(
      "BlobEndpoint=https://plant.blob.core.windows.net;SharedAccessSignature=?sv=2021-08-06&sig=a%3D");
  REQUIRE(account);
  CHECK(account->signature == "sv=2021-08-06&sig=a%3D");
  CHECK(account->key.empty());
}

TEST_CASE("WhatIsNoConnectionStringIsRefusedWithoutItsSecret") {
  for (const char* text :
       {"", "hello", "AccountKey=c2VjcmV0", "AccountName=a", "AccountName=a;AccountKey=hush!",
        "AccountName=a;AccountKey=c2VjcmV0;SharedAccessSignature=hush",
        "BlobEndpoint=ftp://x;AccountName=a;AccountKey=c2VjcmV0",
        "BlobEndpoint=http://x?y=1;AccountName=a;AccountKey=c2VjcmV0",
        "BlobEndpoint=https://x;SharedAccessSignature=hush\r\nX: y",
        "BlobEndpoint=http://x;SharedAccessSignature=hush"}) {
    CAPTURE(text);
    const auto account = parse_connection_string(text);
    REQUIRE_FALSE(account);
    CHECK(account.error().kind == ErrorKind::invalid);
    CHECK_FALSE(account.error().what.contains("hush"));
    CHECK_FALSE(account.error().what.contains("c2Vj"));
  }
  CHECK_FALSE(parse_connection_string(std::string(5'000, 'a')));
}

TEST_CASE("ADateIsWrittenAsTheServiceReadsIt") {
  CHECK(rfc1123_text(WallTime(std::chrono::seconds(784'111'777))) == "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace
}  // namespace oree::targets
