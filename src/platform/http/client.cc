#include "platform/http/client.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "base/text.h"
#include "platform/http/tcp_stream.h"
#include "platform/http/wire/field_syntax.h"
#include "platform/http/wire/reader.h"

namespace oree::http {
namespace {

constexpr uint64_t kMaxAnswerHead = 64 << 10;

std::string host_text(const Url& url) {
  if (url.host.starts_with('/')) return "localhost";
  const bool v6 = url.host.contains(':');
  const std::string host = v6 ? cat("[", url.host, "]") : url.host;
  return url.port == (url.tls ? 443 : 80) ? host : cat(host, ":", url.port);
}

std::string origin(const Url& url) {
  if (url.host.starts_with('/')) return cat("unix:", url.host);
  return cat(url.tls ? "https://" : "http://", host_text(url));
}

bool is_clients_own(std::string_view name) {
  return iequals(name, "Host") || iequals(name, "Content-Length") || iequals(name, "Connection") ||
         iequals(name, "Transfer-Encoding");
}

bool may_be_repeated(std::string_view method) {
  constexpr std::array kIdempotent =
      std::to_array<std::string_view>({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"});
  return std::ranges::find(kIdempotent, method) != kIdempotent.end();
}

// The request's head, or why it cannot be written.
Result<std::string> print_head(std::string_view method, const Url& url, const std::vector<Header>& headers,
                               std::string_view body) {
  const bool clean = std::ranges::all_of(url.target, [](char c) { return c > ' ' && c < '\x7F'; });
  const std::string host = host_text(url);
  if (!is_token(method) || !clean || !url.target.starts_with('/') || url.host.empty() ||
      !is_field_value(host)) {
    return fail(ErrorKind::invalid,
                cat("no HTTP request: ", method, " ", url.target, " at '", url.host, "'"));
  }
  std::string head = cat(method, " ", url.target, " HTTP/1.1\r\nHost: ", host, "\r\n");
  for (const auto& [name, value] : headers) {
    if (!is_token(name) || !is_field_value(value)) {
      return fail(ErrorKind::invalid, cat("header '", name, "' has characters that no header may have"));
    }
    if (!is_clients_own(name)) head += cat(name, ": ", value, "\r\n");
  }
  const bool with_length = !body.empty() || method == "POST" || method == "PUT" || method == "PATCH";
  if (with_length) head += cat("Content-Length: ", body.size(), "\r\n");
  return head += "\r\n";
}

struct Attempt {
  Result<Response> result;
  bool heard = false;  // some byte of the answer came
  bool reusable = false;
};

constexpr uint64_t kBodyPiece = 1 << 20;  // more never waits between two hand-overs

// To whoever takes the body piece by piece.
Status hand_over(Response& response, const CallOptions& options) {
  if (!options.on_body || response.body.empty() || (response.status != 200 && response.status != 206))
    return {};
  const auto taken = options.on_body(response, as_bytes(response.body));
  response.body.clear();
  return taken;
}

MonoTime sooner(MonoTime deadline, milliseconds silence) {
  return silence.count() == 0 ? deadline : std::min(deadline, std::chrono::steady_clock::now() + silence);
}

Attempt read_answer(TcpStream& stream, bool head_only, const CallOptions& options, const std::string& where,
                    MonoTime deadline) {
  const uint64_t most =
      options.on_body ? std::max(options.max_body_bytes, kBodyPiece) : options.max_body_bytes;
  ResponseReader reader(
      {.max_header_bytes = kMaxAnswerHead, .max_body_bytes = most, .body_is_taken = !!options.on_body},
      head_only);
  std::string unread;
  std::vector<char> room(64 << 10);
  Attempt attempt{fail(ErrorKind::bug, "no answer read")};
  while (reader.state() == ReadState::head || reader.state() == ReadState::body) {
    const auto count = stream.receive(room, sooner(deadline, options.silence));
    if (!count) return {forward(count), attempt.heard};
    if (*count == 0) {
      reader.feed_end();
      if (reader.state() == ReadState::done) break;
      return {fail(ErrorKind::unavailable, cat(where, ": ", reader.refusal().what)), attempt.heard};
    }
    attempt.heard = true;
    unread.append(room.data(), *count);
    unread.erase(0, reader.feed(unread));
    if (auto taken = hand_over(reader.response(), options); !taken) return {forward(taken), true};
  }
  if (reader.state() == ReadState::refused) {
    return {fail(ErrorKind::invalid, cat(where, ": the answer: ", reader.refusal().what)), true};
  }
  attempt.reusable = reader.keep_alive() && unread.empty();
  attempt.result = std::move(reader.response());
  return attempt;
}

Attempt exchange(TcpStream& stream, std::string_view head, std::string_view body, bool head_only,
                 const CallOptions& options, const std::string& where, MonoTime deadline) {
  auto sent = stream.send(head, deadline);
  if (sent) sent = stream.send(body, deadline);
  if (!sent && sent.error().kind == ErrorKind::timeout) return {forward(sent)};
  // A server may refuse a long body and close before it has read it; its answer is worth more than our error.
  Attempt attempt = read_answer(stream, head_only, options, where, deadline);
  if (!sent) {
    attempt.reusable = false;
    if (!attempt.result) attempt.result = forward(sent);
  }
  return attempt;
}

// Where a redirect leads, if it is one that can be followed.
std::optional<Url> redirect_target(const Response& response, const Url& from) {
  constexpr std::array kRedirects = {301, 302, 303, 307, 308};
  if (std::ranges::find(kRedirects, response.status) == kRedirects.end()) return std::nullopt;
  const auto location =
      std::ranges::find_if(response.headers, [](const Header& h) { return iequals(h.first, "Location"); });
  if (location == response.headers.end()) return std::nullopt;
  const std::string& to = location->second;
  auto url = parse_url(to.starts_with('/') && !to.starts_with("//") ? cat(origin(from), to) : to);
  if (url && from.tls && !url->tls) return std::nullopt;
  return url ? std::optional(*std::move(url)) : std::nullopt;
}

bool same_place(const Url& a, const Url& b) {
  return a.host == b.host && a.port == b.port && a.tls == b.tls;
}

}  // namespace

struct Client::State {
  std::optional<TcpStream> take_kept(const std::string& where) {
    const std::lock_guard lock(mutex);
    if (!kept || kept_where != where) return std::nullopt;
    auto stream = std::exchange(kept, std::nullopt);
    return stream->quiet() ? std::move(stream) : std::nullopt;
  }
  // Read from disk once for each set of files.
  Result<std::shared_ptr<const TlsContext>> context(const CallOptions& options) {
    const TlsFiles files{.certificate = options.certificate, .key = options.key, .ca = options.ca_file};
    const std::lock_guard lock(mutex);
    if (const auto known = contexts.find(files); known != contexts.end()) return known->second;
    auto loaded = TlsContext::client(files);
    if (loaded) contexts[files] = *loaded;
    return loaded;
  }
  void keep(TcpStream stream, const std::string& where) {
    stream.listen_to(nullptr);
    const std::lock_guard lock(mutex);
    kept = std::move(stream);
    kept_where = where;
  }

  Result<Response> call_once(std::string_view method, const Url& url, const std::vector<Header>& headers,
                             std::string_view body, const CallOptions& options, MonoTime deadline);

  Resolver resolver;
  std::mutex mutex;
  std::optional<TcpStream> kept;
  std::string kept_where;
  std::map<TlsFiles, std::shared_ptr<const TlsContext>> contexts;
};

Result<Response> Client::State::call_once(std::string_view method, const Url& url,
                                          const std::vector<Header>& headers, std::string_view body,
                                          const CallOptions& options, MonoTime deadline) {
  const auto head = print_head(method, url, headers, body);
  if (!head) return forward(head);
  const std::string where = origin(url);
  const bool head_only = method == "HEAD";
  const std::string peer = cat(where, " ", options.ca_file.string(), " ", options.certificate.string());
  if (auto stream = take_kept(peer)) {
    stream->listen_to(options.interrupt);
    Attempt attempt = exchange(*stream, *head, body, head_only, options, where, deadline);
    if (attempt.reusable) keep(*std::move(stream), peer);
    const bool was_closed =
        !attempt.result && !attempt.heard && attempt.result.error().kind == ErrorKind::unavailable;
    if (!was_closed || !may_be_repeated(method)) return std::move(attempt.result);
  }
  const auto addresses = resolver.resolve(url.host, url.port, deadline);
  if (!addresses) return forward(addresses, where);
  auto stream = TcpStream::connect(*addresses, where, deadline, options.interrupt);
  if (!stream) return forward(stream);
  if (url.tls) {
    const auto tls = context(options);
    if (!tls) return forward(tls);
    if (auto started = stream->start_tls(*tls, url.host, deadline); !started) return forward(started);
  }
  Attempt attempt = exchange(*stream, *head, body, head_only, options, where, deadline);
  if (attempt.reusable) keep(*std::move(stream), peer);
  return std::move(attempt.result);
}

Client::Client() : state_(std::make_unique<State>()) {}
Client::~Client() = default;

Result<Response> Client::call(std::string_view method, const Url& url, const std::vector<Header>& headers,
                              std::string_view body, const CallOptions& options) {
  const MonoTime deadline = std::chrono::steady_clock::now() + options.deadline;
  auto answer = state_->call_once(method, url, headers, body, options, deadline);
  Url at = url;
  std::string verb(method);
  std::vector<Header> fields = headers;
  for (unsigned i = 0; i < options.max_redirects && answer; ++i) {
    const auto next = redirect_target(*answer, at);
    if (!next) break;
    // What browsers do (RFC 9110 §15.4): the body goes along with 307 and 308 only.
    if (answer->status == 303 || (answer->status < 303 && verb == "POST")) {
      if (verb != "HEAD") verb = "GET";
      body = {};
    }
    // Secrets for one host are not told to another.
    if (!same_place(*next, at)) {
      std::erase_if(fields, [](const Header& h) {
        return iequals(h.first, "Authorization") || iequals(h.first, "Cookie");
      });
    }
    at = *next;
    answer = state_->call_once(verb, at, fields, body, options, deadline);
  }
  return answer;
}

}  // namespace oree::http
