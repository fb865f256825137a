#include <csignal>

#include "platform/http/client.h"
#include "platform/http/testing/certificate.h"
#include "platform/http/testing/server_fixture.h"
#include "platform/http/tls/certificate_watch.h"

using namespace oree;
using namespace oree::http;
using namespace oree::http::testing;

namespace {

const bool kNoSigpipe = [] {
  std::signal(SIGPIPE, SIG_IGN);
  return true;
}();

struct TlsFixture : Fixture {
  explicit TlsFixture(const PemFiles& files) {
    REQUIRE(kNoSigpipe);
    options.tls.certificate = files.certificate();
    options.tls.key = files.key();
    get("/who", false, [](const Request& r) {
      if (!r.certificate) return text(200, "nobody");
      const std::string uri = r.certificate->uris.empty() ? "" : r.certificate->uris.front();
      return text(200, cat(r.certificate->common_name, " ", uri, " ", r.certificate->sha256.size()));
    });
    get("/long", false, [](const Request&) { return text(200, std::string(5'000'000, 'y')); });
    get("/events", false, [](const Request&) {
      Response response;
      response.on_stream = [](const std::shared_ptr<EventStream>& stream) {
        for (int i = 0; i < 3; ++i) stream->send("beat", "", cat(i));
      };
      return response;
    });
  }
  Url at(std::string_view target) { return *parse_url(cat("https://127.0.0.1:", server->port(), target)); }
};

}  // namespace

TEST_CASE("AClientIsServedOverTlsOnOneConnectionAgainAndAgain") {
  const Certificate identity("IP:127.0.0.1");
  const PemFiles files(identity);
  TlsFixture fixture(files);
  fixture.start();
  Client client;
  CallOptions options;
  options.ca_file = files.certificate();
  for (int i = 0; i < 20; ++i) {
    CHECK(client.call("GET", fixture.at("/quick"), {}, "", options).value().body == "quick");
    CHECK(client.call("GET", fixture.at("/who"), {}, "", options).value().body == "nobody");
  }
  CHECK(fixture.server->stats().connections == 1);
}

TEST_CASE("LongBodiesPassBothWaysOverTls") {
  const Certificate identity("IP:127.0.0.1");
  const PemFiles files(identity);
  TlsFixture fixture(files);
  fixture.start();
  Client client;
  CallOptions options;
  options.ca_file = files.certificate();
  std::string sent(3'000'000, '\0');
  for (size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 31 + i / 977);
  for (const char* target : {"/echo", "/work"}) {
    CHECK(client.call("POST", fixture.at(target), {}, sent, options).value().body == sent);
  }
  CHECK(client.call("GET", fixture.at("/long"), {}, "", options).value().body == std::string(5'000'000, 'y'));
}

TEST_CASE("AnEventStreamReachesItsClientOverTls") {
  const Certificate identity("IP:127.0.0.1");
  const PemFiles files(identity);
  TlsFixture fixture(files);
  fixture.start();
  Client client;
  CallOptions options;
  options.ca_file = files.certificate();
  options.deadline = milliseconds{300};
  // The stream never ends, so the call runs into its deadline; that it was opened is what counts.
  CHECK(client.call("GET", fixture.at("/events"), {}, "", options).error().kind == ErrorKind::timeout);
  CHECK(fixture.server->stats().requests == 1);
}

TEST_CASE("AClientThatShowsACertificateIsKnownByIt") {
  const Certificate identity("IP:127.0.0.1");
  const Certificate station("URI:spiffe://factory/press-3", 3600, "press-3");
  const PemFiles files(identity);
  const PemFiles of_station(station);
  TlsFixture fixture(files);
  fixture.options.tls.ca = of_station.certificate();
  SUBCASE("it may") {}
  SUBCASE("it must") {
    fixture.options.tls.require_client_certificate = true;
  }
  fixture.start();
  Client client;
  CallOptions options;
  options.ca_file = files.certificate();
  options.certificate = of_station.certificate();
  options.key = of_station.key();
  CHECK(client.call("GET", fixture.at("/who"), {}, "", options).value().body ==
        "press-3 spiffe://factory/press-3 64");
}

TEST_CASE("WhoeverShowsNoCertificateWhereOneIsNeededIsTurnedAway") {
  const Certificate identity("IP:127.0.0.1");
  const Certificate station("URI:spiffe://factory/press-3");
  const Certificate stranger("URI:spiffe://factory/press-3");
  const PemFiles files(identity);
  const PemFiles of_station(station);
  const PemFiles of_stranger(stranger);
  TlsFixture fixture(files);
  fixture.options.tls.ca = of_station.certificate();
  fixture.options.tls.require_client_certificate = true;
  fixture.start();
  Client client;
  CallOptions options;
  options.ca_file = files.certificate();
  CHECK_FALSE(client.call("GET", fixture.at("/who"), {}, "", options));
  options.certificate = of_stranger.certificate();
  options.key = of_stranger.key();
  CHECK_FALSE(client.call("GET", fixture.at("/who"), {}, "", options));
  CHECK(fixture.server->stats().requests == 0);
}

TEST_CASE("WhoeverDoesNotSpeakTlsIsToldSo") {
  const Certificate identity("IP:127.0.0.1");
  const PemFiles files(identity);
  TlsFixture fixture(files);
  auto client = fixture.connect();
  client.send(http_get("/quick"));
  const Response answer = client.answer();
  CHECK(answer.status == 400);
  CHECK(answer.body.find("https") != std::string::npos);
}

TEST_CASE("AHandshakeThatNeverEndsIsEnded") {
  const Certificate identity("IP:127.0.0.1");
  const PemFiles files(identity);
  TlsFixture fixture(files);
  fixture.options.header_timeout = milliseconds{50};
  auto client = fixture.connect();
  client.send(std::string_view("\x16\x03\x01\x02\x00\x01", 6));
  CHECK(client.rest().find("HTTP") == std::string::npos);
  CHECK(eventually([&] { return fixture.server->stats().connections == 0; }));
}

TEST_CASE("RubbishAfterTheFirstByteEndsTheConnectionAndNothingElse") {
  const Certificate identity("IP:127.0.0.1");
  const PemFiles files(identity);
  TlsFixture fixture(files);
  auto client = fixture.connect();
  client.send("\x16 rubbish, and more of it, and more of it, and more of it");
  client.rest();
  CHECK(eventually([&] { return fixture.server->stats().connections == 0; }));
  Client good;
  CallOptions options;
  options.ca_file = files.certificate();
  CHECK(good.call("GET", fixture.at("/quick"), {}, "", options));
}

TEST_CASE("AReplacedCertificateIsShownAndABadOneIsNot") {
  const Certificate first("IP:127.0.0.1");
  const Certificate second("IP:127.0.0.1");
  const PemFiles files(first);
  Lines log;
  auto watch = CertificateWatch::start({.certificate = files.certificate(), .key = files.key(), .ca = ""});
  REQUIRE(watch);
  const MonoTime now = std::chrono::steady_clock::now();
  const auto before = watch->current(now, log);
  const auto touch = [&](int seconds) {
    const auto then = std::filesystem::last_write_time(files.certificate()) + std::chrono::seconds(seconds);
    std::filesystem::last_write_time(files.certificate(), then);
  };
  files.write(second);
  touch(10);
  CHECK(watch->current(now, log) == before);
  const auto after = watch->current(now + CertificateWatch::kEvery * 2, log);
  CHECK(after != before);
  std::filesystem::resize_file(files.certificate(), 20);
  touch(20);
  CHECK(watch->current(now + CertificateWatch::kEvery * 4, log) == after);
  CHECK(log.contains("the old certificate is shown as before"));
  CHECK(log.contains(files.certificate().string()));
}

TEST_CASE("FilesThatCannotBeUsedAreNamedAtTheStart") {
  const Certificate one("IP:127.0.0.1");
  const Certificate other("IP:127.0.0.1");
  const PemFiles files(one);
  const PemFiles others(other);
  Router router;
  Lines log;
  ServerOptions options;
  options.tls = {.certificate = files.certificate(), .key = others.key(), .ca = ""};
  const auto mixed = Server::start(options, router, log);
  REQUIRE_FALSE(mixed);
  CHECK(mixed.error().what.find(others.key().string()) != std::string::npos);
  options.tls.key = "/nowhere/key.pem";
  CHECK(Server::start(options, router, log).error().what.find("/nowhere/key.pem") != std::string::npos);
  options.tls.certificate = "/nowhere/certificate.pem";
  CHECK(Server::start(options, router, log).error().kind == ErrorKind::not_found);
}
