// A station that serves evidence as it is told to, and an authority that listens to it, on free ports. For
// tests.
#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "base/testing/fake_clock.h"
#include "nodes/authority/authority.h"
#include "platform/http/client.h"
#include "platform/http/server.h"
#include "services/approvals/testing/sample.h"

namespace oree::authority::testing {

using namespace oree::approvals::testing;
using approvals::Proposal;

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "oree-authority-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    path = pattern;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path path;
};

// Serves one evidence under every order.
class Station {
 public:
  explicit Station(approvals::testing::Evidence sealed = seal()) : evidence(std::move(sealed)) {
    http::Router router;
    router.add({"GET", "/api/v1/orders/{id}/evidence", "", "",
                [this](const http::Request&) { return give(evidence.manifest.hex()); }});
    router.add({"GET", "/api/v1/orders/{id}/evidence/{digest}", "", "", [this](const http::Request& request) {
                  return give(std::string(request.capture("digest")));
                }});
    server_ = *http::Server::start({}, router, log_);
  }
  ~Station() {
    let_go();
    server_->stop();
  }

  std::string address() const { return cat("http://127.0.0.1:", server_->port()); }
  std::string evidence_url(const std::string& order) const {
    return cat(address(), "/api/v1/orders/", order, "/evidence");
  }
  void alter(std::string_view holding) {
    const std::lock_guard lock(mutex_);
    for (auto& [digest, text] : evidence.blobs) {
      if (digest != evidence.manifest.hex() && text.find(holding) != std::string::npos) text[0] ^= 1;
    }
  }
  void answer(int status) {
    const std::lock_guard lock(mutex_);
    status_ = status;
  }
  void stall() {
    const std::lock_guard lock(mutex_);
    stalls_ = true;
  }
  void let_go() {
    {
      const std::lock_guard lock(mutex_);
      stalls_ = false;
    }
    go_on_.notify_all();
  }
  int asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

  approvals::testing::Evidence evidence;

 private:
  http::Response give(const std::string& digest) {
    std::unique_lock lock(mutex_);
    ++asked_;
    go_on_.wait(lock, [&] { return !stalls_; });
    if (status_ != 200) {
      http::Response response = http::text(status_, "");
      response.with("Location", "/elsewhere");
      return response;
    }
    const auto at = evidence.blobs.find(digest);
    return at == evidence.blobs.end() ? http::text(404, "") : http::text(200, at->second);
  }

  NullLog log_;
  std::mutex mutex_;
  std::condition_variable go_on_;
  bool stalls_ = false;
  int status_ = 200;
  int asked_ = 0;
  std::unique_ptr<http::Server> server_;
};

struct Answer {
  int status = 0;
  json::Value body;
  std::string raw;
  std::string text(std::string_view field) const {
    const auto* value = body.find(field);
    return value != nullptr && value->text() != nullptr ? *value->text() : "";
  }
};

struct Town {
  Folder folder;
  oree::testing::FakeClock clock{wall(kNow)};
  files::RealDisk disk;
  NullLog log;
  Station station;
  Settings settings;
  std::function<Status(const ApprovedOrder&)> on_approved;
  std::unique_ptr<Authority> authority;

  Town() {
    settings = with("");
    settings.port = 0;
  }

  Settings with(std::string_view more) const {
    auto read =
        parse_settings(cat("authority: safety\nlisten: 127.0.0.1:0\nanswer_within: 10s\nstations:\n  - "
                           "{name: line-1, key: \"",
                           key(1).public_key().base64(), "\"}\n", more),
                       "authority.yaml");
    REQUIRE_MESSAGE(read, (read ? "" : read.error().what));
    return *read;
  }
  void start() {
    auto started = Authority::start(settings, folder.path, {clock, disk, log, on_approved});
    REQUIRE_MESSAGE(started, (started ? "" : started.error().what));
    authority = *std::move(started);
  }
  void restart() {
    authority.reset();
    start();
  }

  Answer call(std::string_view method, std::string_view path, std::string_view body = "",
              std::vector<http::Header> headers = {{"Content-Type", "application/json"}}) {
    http::Client client;
    auto url = *http::parse_url(cat(authority->url(), path));
    const auto response = client.call(method, url, headers, body, {.deadline = std::chrono::seconds(20)});
    if (!response) return {};
    const auto parsed = json::parse(response->body);
    return {response->status, parsed ? *parsed : json::Value(), response->body};
  }
  std::string body_of(const approvals::Signed& text, const crypto::PublicKey& whose, const std::string& url) {
    return json::print(json::Object{{"proposal", text.text},
                                    {"signature", text.signature},
                                    {"key", whose.base64()},
                                    {"evidence_url", url}});
  }
  Answer propose(const Proposal& p, int signer = 1) {
    const auto signed_text = *sign(p, key(signer));
    return call("POST", "/api/v1/proposals",
                body_of(signed_text, key(signer).public_key(), station.evidence_url(p.order)));
  }
  Answer look(const std::string& order) { return call("GET", cat("/api/v1/proposals/", order)); }
  Answer person(const std::string& order, std::string_view decision, std::string_view by = "Ada") {
    return call("POST", cat("/api/v1/proposals/", order, "/decision"),
                json::print(json::Object{{"decision", decision}, {"by", by}, {"reason", "seen"}}));
  }
  Proposal proposed(const std::string& order = "order-1") const { return proposal(station.evidence, order); }

  // The decision of an answer, after everything in it was verified.
  approvals::Decision verified(const Answer& answer, const Proposal& p) {
    const auto decision = approvals::parse_decision(answer.text("statement"));
    REQUIRE(decision);
    CHECK(approvals::check_signature({answer.text("statement"), answer.text("signature")}, authority->key()));
    CHECK(decision->authority == "safety");
    CHECK(decision->order == p.order);
    CHECK(decision->proposal == approvals::digest_of(*print(p)));
    CHECK(name(decision->verdict) == answer.text("status"));
    CHECK(decision->code == answer.text("code"));
    return *decision;
  }
};

}  // namespace oree::authority::testing
