// HTTP messages as values: what a handler reads and what it answers with.
#pragma once

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

struct Request {
  std::string method;
  std::string path;   // percent-decoded, without query, starts with '/'
  std::string query;  // raw, without '?'
  std::vector<Header> headers;
  std::string body;
  std::string peer;                                           // "127.0.0.1:54321"
  std::vector<std::pair<std::string, std::string>> captures;  // {name} parts of the route's pattern

  std::string_view header(std::string_view name) const;               // case-insensitive; "" when absent
  std::optional<std::string> parameter(std::string_view name) const;  // decoded query parameter
  std::string_view capture(std::string_view name) const;
};

// A handler's hold on a server-sent-events stream (WHATWG HTML §9.2). Thread-safe. Frames wait in a bounded
// queue per client; a client that does not read loses the oldest ones, and `dropped` counts them.
class EventStream {
 public:
  virtual ~EventStream() = default;
  // False once the client has gone.
  virtual bool send(std::string_view event, std::string_view id, std::string_view data) = 0;
  virtual bool open() const = 0;
};

struct Response {
  int status = 200;
  std::vector<Header> headers;
  std::string body;
  // Memory that outlives the server (embedded pages), or that `keep` holds; used instead of `body` when not
  // empty.
  ByteView borrowed;
  std::shared_ptr<const void> keep;
  // When set, the answer is text/event-stream and this is called once with the stream, on a worker thread.
  std::function<void(std::shared_ptr<EventStream>)> on_stream;

  Response& with(std::string_view name, std::string_view value);
};

Response text(int status, std::string_view body);  // text/plain; charset=utf-8
Response json(int status, std::string body);       // application/json

// Parts of a multipart/form-data body (RFC 7578). Views into `body`.
struct Part {
  std::string name;
  std::string filename;
  std::string content_type;
  ByteView data;
};
Result<std::vector<Part>> parse_multipart(std::string_view content_type, std::string_view body);

std::string percent_decode(std::string_view text, bool plus_is_space);

}  // namespace oree::http
