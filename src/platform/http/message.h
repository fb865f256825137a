// HTTP messages as values: what a handler reads and what it answers with.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace oree::http {

using Header = std::pair<std::string, std::string>;
using Captures = std::vector<std::pair<std::string, std::string>>;  // {name} → what it took

// What a client showed over TLS, signed by an authority that the server trusts.
struct PeerCertificate {
  std::string common_name;
  std::vector<std::string> uris;  // of the subject's alternative names
  std::string sha256;             // of the certificate, hex
};

struct Request {
  std::string method;
  // Percent-decoded, without query, starts with '/'. Valid UTF-8 without control characters or "." and ".."
  // segments: the server answers 400 to anything else.
  std::string path;
  std::string query;  // raw, without '?'
  std::vector<Header> headers;
  std::string body;
  std::string peer;                                    // "127.0.0.1:54321"
  std::shared_ptr<const PeerCertificate> certificate;  // null: none was shown
  Captures captures;                                   // {name} parts of the route's pattern

  int socket = -1;  // its client's, for client_gone()

  // The client has closed, as far as its socket knows: one that sent more beforehand, or that says goodbye
  // over TLS and stays, is not seen to. For handlers that work long; asking costs a system call. Workers
  // only.
  bool client_gone() const;
  std::string_view header(std::string_view name) const;               // case-insensitive; "" when absent
  std::optional<std::string> parameter(std::string_view name) const;  // decoded query parameter
  std::string_view capture(std::string_view name) const;
};

// A handler's hold on a server-sent-events stream (WHATWG HTML §9.2). Thread-safe. Frames wait in a bounded
// queue per client; a client that does not read loses the oldest ones, and `dropped` counts them. May be kept
// longer than the server lives.
class EventStream {
 public:
  virtual ~EventStream() = default;
  // False once the client has gone. `event` and `id` may be empty; data of several lines stays one event.
  virtual bool send(std::string_view event, std::string_view id, std::string_view data) = 0;
  virtual bool open() const = 0;
  virtual uint64_t dropped() const { return 0; }
};

struct Response;

// An answer that comes later than its handler's return: a long poll costs a socket while it waits, no thread.
// Thread-safe; may be kept longer than the server lives. Dropped unanswered it becomes a 503.
class LaterAnswer {
 public:
  virtual ~LaterAnswer() = default;
  virtual void answer(Response response) = 0;  // the first one counts; no stream, nothing later still
  virtual bool open() const = 0;               // false once answered, or the client has gone
};

struct Response {
  int status = 200;
  std::vector<Header> headers;  // Content-Length, Connection and Date are the server's own
  std::string body;
  // Memory that outlives the server (embedded pages), or that `keep` holds; used instead of `body` when not
  // empty. Sent from where it lies, without a copy.
  ByteView borrowed;
  // More header fields as they go out, "Name: value\r\n" each, in the same memory: for answers that must not
  // cost an allocation. Nobody checks them.
  std::string_view borrowed_fields;
  std::shared_ptr<const void> keep;
  // When set, the answer is text/event-stream and this is called once with the stream, on a worker thread. It
  // should hand the stream to whoever feeds it and return: a worker is busy until it does.
  std::function<void(std::shared_ptr<EventStream>)> on_stream;
  // When set, nothing is answered yet: this is called once with what will answer, on the handler's thread;
  // all other members are ignored. The request stays where it is until what will answer has answered, or is
  // dropped, even when the client goes meanwhile.
  std::function<void(std::shared_ptr<LaterAnswer>)> on_later;

  // A name or value that could break out of its line (CR, LF, other control characters) is left out.
  Response& with(std::string_view name, std::string_view value);
};

Response text(int status, std::string_view body);  // text/plain; charset=utf-8
Response json(int status, std::string body);       // application/json

// Parts of a multipart/form-data body (RFC 7578), 64 at most. Views into `body`.
struct Part {
  std::string name;
  std::string filename;
  std::string content_type;  // "" when not given
  ByteView data;
};
Result<std::vector<Part>> parse_multipart(std::string_view content_type, std::string_view body);

// Escapes that are none ("%zz") stay as they are.
std::string percent_decode(std::string_view text, bool plus_is_space);
// The same over what `out` held; its memory is used again.
void percent_decode_into(std::string& out, std::string_view text, bool plus_is_space);

}  // namespace oree::http
