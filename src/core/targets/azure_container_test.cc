#include "core/targets/azure_container.h"

#include <doctest/doctest.h>

#include <mutex>

#include "base/testing/fake_clock.h"
#include "base/text.h"
#include "platform/crypto/hmac.h"
#include "platform/http/server.h"

namespace oree::targets {
namespace {

// A service that checks the signature as the real one does, and fails when told to.
class Service {
 public:
  Service() {
    router_.add({"PUT", "/plant/{rest...}", "test", "", [this](const http::Request& request) {
                   const std::lock_guard lock(mutex_);
                   asked_.push_back(request.path);
                   return answer(request);
                 }});
    auto started = http::Server::start({}, router_, log_);
    REQUIRE(started);
    server_ = *std::move(started);
    account_ = *parse_connection_string(cat("BlobEndpoint=http://127.0.0.1:", server_->port(),
                                            "/plant;AccountName=plant;AccountKey=c2VjcmV0"));
  }
  AzureContainer container() { return {account_, "orders", clock_, milliseconds(3'000)}; }
  const AzureAccount& account() const { return account_; }

  bool has_container = true;
  int status = 201;
  std::string code, keeps;  // of a fault; a digest other than the content's
  std::vector<std::string> asked_;

 private:
  http::Response fault(int with, const std::string& word) const {
    return http::text(with, "no").with("x-ms-error-code", word);
  }
  bool is_signed(const http::Request& request) const {
    AzureRequest as{std::string_view("PUT"), request.path, {}, {}, request.body.size()};
    if (const auto kind = request.parameter("restype")) as.query.emplace_back("restype", *kind);
    for (const auto& [name, value] : request.headers) as.headers.emplace_back(lower(name), value);
    return request.header("Authorization") == authorization(as, account_);
  }
  http::Response answer(const http::Request& request) {
    if (!is_signed(request)) return fault(403, "AuthenticationFailed");
    if (status != 201) return fault(status, code);
    if (request.parameter("restype")) {
      has_container = true;
      return http::text(201, "");
    }
    if (!has_container) return fault(404, "ContainerNotFound");
    const std::string digest = crypto::base64(crypto::md5(as_bytes(request.body)));
    if (request.header("Content-MD5") != digest) return fault(400, "Md5Mismatch");
    return http::text(201, "").with("ETag", "\"0x1\"").with("Content-MD5", keeps.empty() ? digest : keeps);
  }

  NullLog log_;
  testing::FakeClock clock_;
  std::mutex mutex_;
  http::Router router_;
  std::unique_ptr<http::Server> server_;
  AzureAccount account_;
};

TEST_CASE("WhatIsPutIsSignedAndHasAnETag") {
  Service service;
  auto container = service.container();
  const auto etag = container.put("flags/1.json", "{}", "application/json");
  REQUIRE_MESSAGE(etag, (etag ? "" : etag.error().what));
  CHECK(*etag == "\"0x1\"");
  CHECK(service.asked_ == std::vector<std::string>{"/plant/orders/flags/1.json"});
}

TEST_CASE("AContainerThatIsMissingIsMade") {
  Service service;
  service.has_container = false;
  auto container = service.container();
  CHECK(container.put("flags/1.json", "{}", "application/json"));
  CHECK(service.asked_ == std::vector<std::string>{"/plant/orders/flags/1.json", "/plant/orders",
                                                   "/plant/orders/flags/1.json"});
}

TEST_CASE("FaultsBecomeKindsThatSayWhetherToTryAgain") {
  const std::pair<int, ErrorKind> all[] = {{400, ErrorKind::invalid},     {403, ErrorKind::denied},
                                           {404, ErrorKind::not_found},   {409, ErrorKind::conflict},
                                           {500, ErrorKind::unavailable}, {503, ErrorKind::busy}};
  for (const auto& [status, kind] : all) {
    CAPTURE(status);
    Service service;
    service.status = status;
    service.code = "SomeWord";
    auto container = service.container();
    const auto put = container.put("a", "b", "text/plain");
    REQUIRE_FALSE(put);
    CHECK(put.error().kind == kind);
    CHECK(put.error().what.contains("SomeWord"));
  }
}

TEST_CASE("ContentThatWasDamagedOnItsWayIsSentAgain") {
  Service service;
  auto container = service.container();
  SUBCASE("AndTheServiceSaidSo") {
    service.status = 400;
    service.code = "Md5Mismatch";
  }
  SUBCASE("AndTheServiceKeptIt") {
    service.keeps = "AAAAAAAAAAAAAAAAAAAAAA==";
  }
  const auto put = container.put("a", "b", "text/plain");
  REQUIRE_FALSE(put);
  CHECK(put.error().kind == ErrorKind::unavailable);
}

TEST_CASE("NamesThatAreNoneAreRefusedBeforeAnybodyIsAsked") {
  Service service;
  auto container = service.container();
  for (const char* name : {"", "/a", "a b", "a?b", "a\r\nb"})
    CHECK(container.put(name, "", "text/plain").error().kind == ErrorKind::invalid);
  CHECK(service.asked_.empty());
  for (const char* name : {"ab", "Orders", "-abc", "abc-", "a--b", "a_b"})
    CHECK_FALSE(check_container_name(name));
  CHECK(check_container_name("orders-2"));
}

}  // namespace
}  // namespace oree::targets
