// The client over TLS, against a server made of OpenSSL alone, with a certificate made for the occasion.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <thread>

#include "base/text.h"
#include "platform/http/client.h"
#include "platform/http/testing/certificate.h"

using namespace oree;
using namespace oree::http;
using namespace oree::http::testing;

namespace {

// Answers every request on every connection with the length of what it was sent.
class TlsServer {
 public:
  explicit TlsServer(const Certificate& identity) : context_(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX_use_certificate(context_, identity.certificate);
    SSL_CTX_use_PrivateKey(context_, identity.key);
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&any), sizeof any) == 0);
    REQUIRE(::listen(listener_, 8) == 0);
    socklen_t size = sizeof any;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&any), &size);
    port = ntohs(any.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~TlsServer() {
    ::shutdown(listener_, SHUT_RDWR);
    if (const int open = connection_.load(); open >= 0) ::shutdown(open, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    SSL_CTX_free(context_);
  }

  uint16_t port = 0;
  std::atomic<int> connections{0};

 private:
  void serve() {
    for (;;) {
      const int one = ::accept(listener_, nullptr, nullptr);
      if (one < 0) return;
      connection_ = one;
      SSL* ssl = SSL_new(context_);
      SSL_set_fd(ssl, one);
      if (SSL_accept(ssl) == 1) {
        ++connections;
        answer(ssl);
      }
      SSL_shutdown(ssl);
      SSL_free(ssl);
      connection_ = -1;
      ::close(one);
    }
  }
  static void answer(SSL* ssl) {
    std::string heard;
    std::vector<char> room(16384);
    for (;;) {
      const int count = SSL_read(ssl, room.data(), static_cast<int>(room.size()));
      if (count <= 0) return;
      heard.append(room.data(), static_cast<size_t>(count));
      const size_t head = heard.find("\r\n\r\n");
      const size_t length = heard.find("Content-Length: ");
      if (head == std::string::npos) continue;
      size_t body = 0;
      if (length < head) body = std::stoul(heard.substr(length + 16));
      if (heard.size() < head + 4 + body) continue;
      heard.clear();
      const std::string said = cat("got ", body);
      const std::string reply = cat("HTTP/1.1 200 OK\r\nContent-Length: ", said.size(), "\r\n\r\n", said);
      SSL_write(ssl, reply.data(), static_cast<int>(reply.size()));
    }
  }
  SSL_CTX* context_;
  int listener_ = -1;
  std::atomic<int> connection_{-1};
  std::thread thread_;
};

Result<Response> get(Client& client, const std::string& host, uint16_t port, const std::filesystem::path& ca,
                     std::string_view method = "GET", std::string_view body = "") {
  const auto url = parse_url(cat("https://", host, ":", port, "/x"));
  REQUIRE(url);
  CallOptions options;
  options.ca_file = ca;
  return client.call(method, *url, {}, body, options);
}

const bool kNoSigpipe = [] {
  std::signal(SIGPIPE, SIG_IGN);
  return true;
}();

}  // namespace

TEST_CASE("AServerWithATrustedCertificateIsHeardOverTls") {
  REQUIRE(kNoSigpipe);
  const Certificate identity("DNS:localhost,IP:127.0.0.1");
  const PemFiles trusted(identity);
  TlsServer server(identity);
  {
    Client client;
    CHECK(get(client, "localhost", server.port, trusted.certificate()).value().body == "got 0");
  }
  Client client;
  const std::string large(1'000'000, 'x');
  CHECK(get(client, "127.0.0.1", server.port, trusted.certificate(), "POST", large).value().body ==
        "got 1000000");
}

TEST_CASE("AConnectionOverTlsIsUsedAgain") {
  const Certificate identity("IP:127.0.0.1");
  const PemFiles trusted(identity);
  TlsServer server(identity);
  Client client;
  for (int i = 0; i < 5; ++i) CHECK(get(client, "127.0.0.1", server.port, trusted.certificate()));
  CHECK(server.connections == 1);
}

TEST_CASE("AStrangersCertificateIsRefused") {
  const Certificate identity("IP:127.0.0.1");
  const Certificate other("IP:127.0.0.1");
  const PemFiles trusted(other);
  TlsServer server(identity);
  Client client;
  const auto answer = get(client, "127.0.0.1", server.port, trusted.certificate());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::denied);
  CHECK(answer.error().what.find("certificate is not trusted") != std::string::npos);
  // Nor by the system.
  CHECK(get(client, "127.0.0.1", server.port, "").error().kind == ErrorKind::denied);
}

TEST_CASE("ACertificateForAnotherHostIsRefused") {
  const Certificate identity("DNS:elsewhere.example");
  const PemFiles trusted(identity);
  TlsServer server(identity);
  Client client;
  CHECK(get(client, "127.0.0.1", server.port, trusted.certificate()).error().kind == ErrorKind::denied);
  CHECK(get(client, "localhost", server.port, trusted.certificate()).error().kind == ErrorKind::denied);
}

TEST_CASE("AnExpiredCertificateIsRefused") {
  const Certificate identity("IP:127.0.0.1", -60);
  const PemFiles trusted(identity);
  TlsServer server(identity);
  Client client;
  const auto answer = get(client, "127.0.0.1", server.port, trusted.certificate());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().what.find("expired") != std::string::npos);
}

TEST_CASE("AFileWithoutCertificatesIsNamed") {
  const Certificate identity("IP:127.0.0.1");
  TlsServer server(identity);
  Client client;
  const auto answer = get(client, "127.0.0.1", server.port, "/nowhere/ca.pem");
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::not_found);
  CHECK(answer.error().what.find("/nowhere/ca.pem") != std::string::npos);
}
