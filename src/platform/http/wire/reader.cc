#include "platform/http/wire/reader.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <iterator>
#include <optional>

#include "base/text.h"
#include "platform/http/wire/field_syntax.h"

namespace oree::http {
namespace {

namespace beast_http = boost::beast::http;
using beast_http::field;
using BoostError = boost::beast::error_code;
using BoostView = boost::beast::string_view;

constexpr size_t kMaxFields = 128;
// An announced length is believed, and memory taken for it, only once this much of it has come.
constexpr uint64_t kBelievedBody = 256 << 10;
// So much memory of a body stays for the next request of a connection.
constexpr size_t kKeptBody = 1 << 20;
// Beast asserts that a last chunk is offered as a whole, "0\r\n\r\n". A chunked body never ends with less, so
// holding back fewer bytes loses nothing.
constexpr size_t kLastChunk = 5;

std::string_view plain(BoostView view) {
  return {view.data(), view.size()};
}

// What both directions have in common: limits, headers, body, and why it went wrong.
struct Intake {
  explicit Intake(const ReadLimits& given) : limits(given) {}

  void refuse(int status, std::string_view what) {
    if (state == ReadState::refused) return;
    state = ReadState::refused;
    refusal = {status, std::string(what)};
  }

  void refuse(const BoostError& error) {
    if (error == beast_http::error::header_limit) return refuse_head();
    if (error == beast_http::error::body_limit) return refuse_body();
    if (error == beast_http::error::bad_version) return refuse(505, "HTTP version other than 1.0 and 1.1");
    refuse(400, cat("malformed HTTP: ", error.message()));
  }
  void refuse_head() { refuse(431, cat("header longer than ", size_text(limits.max_header_bytes))); }
  void refuse_body() {
    refuse(413, cat("body longer than ", size_text(limits.max_body_bytes),
                    ": it exceeds the maximum allowed value of ", limits.max_body_bytes, " bytes"));
  }

  // Length and encoding decide where a message ends; anything two readers could read differently is refused
  // (RFC 9112 §11.2).
  void check_framing(field name, std::string_view value) {
    if (name == field::content_length && (++lengths > 1 || value.contains(','))) {
      refuse(400, "more than one Content-Length");
    } else if (name == field::transfer_encoding && !iequals(value, "chunked")) {
      refuse(501, "Transfer-Encoding other than chunked");
    }
  }

  void take_field(std::vector<Header>& headers, field name, std::string_view text, std::string_view value) {
    if (head_done) return;  // trailers: nobody asked for them
    if (headers.size() == kMaxFields) return refuse(431, cat("more than ", kMaxFields, " header fields"));
    check_framing(name, value);
    if (spare.empty()) {
      headers.emplace_back(text, value);
      return;
    }
    headers.push_back(std::move(spare.back()));
    spare.pop_back();
    headers.back().first = text;
    headers.back().second = value;
  }

  // For the next message; the header fields' memory is kept for its own.
  void restart(std::vector<Header>& headers) {
    state = ReadState::head;
    refusal = {};
    head_done = false;
    lengths = 0;
    std::ranges::move(headers, std::back_inserter(spare));
    headers.clear();
  }

  void take_body(std::string& body, std::string_view bytes) {
    if (body.size() + bytes.size() > limits.max_body_bytes) return refuse_body();
    body += bytes;
  }

  ReadLimits limits;
  ReadState state = ReadState::head;
  Refusal refusal;
  bool head_done = false;
  unsigned lengths = 0;
  std::vector<Header> spare;
};

// Turns Intake's refusals into something that stops the parser.
void stop_when_refused(const Intake& intake, BoostError& error) {
  error = intake.state == ReadState::refused ? make_error_code(beast_http::error::bad_value) : BoostError{};
}

// "/a%20b?c" or, from clients that take us for a proxy, "http://host/a%20b?c" (RFC 9112 §3.2).
bool take_target(std::string_view target, Request& request) {
  if (!target.starts_with('/')) {
    const size_t scheme = target.find("://");
    if (scheme == std::string_view::npos || !iequals(target.substr(0, scheme), "http")) return false;
    target.remove_prefix(scheme + 3);
    target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
  }
  const size_t end = std::min(target.find('?'), target.size());
  request.query = target.substr(std::min(end + 1, target.size()));
  percent_decode_into(request.path, target.substr(0, end), false);
  if (request.path.empty()) request.path = "/";
  return is_plain_path(request.path);
}

class RequestParser final : public beast_http::basic_parser<true> {
 public:
  RequestParser(Intake& intake, Request& request) : intake_(intake), request_(request) {
    header_limit(static_cast<uint32_t>(intake.limits.max_header_bytes));
    body_limit(intake.limits.max_body_bytes);
  }
  bool waits_for_continue() const { return waits_for_continue_; }
  bool is_http_1_0() const { return version_ == 10; }

 private:
  void on_request_impl(beast_http::verb, BoostView method, BoostView target, int version,
                       BoostError& error) override {
    version_ = version;
    request_.method = plain(method);
    if (!take_target(plain(target), request_)) {
      intake_.refuse(400, "the request's path is not a clean absolute path in UTF-8");
    }
    stop_when_refused(intake_, error);
  }

  void on_field_impl(field name, BoostView text, BoostView value, BoostError& error) override {
    intake_.take_field(request_.headers, name, plain(text), plain(value));
    if (name == field::host && !intake_.head_done) ++hosts_;
    if (name == field::transfer_encoding && version_ == 10) {
      intake_.refuse(400, "Transfer-Encoding in HTTP/1.0");
    } else if (name == field::expect && !intake_.head_done && version_ >= 11) {
      waits_for_continue_ = iequals(plain(value), "100-continue");
      if (!waits_for_continue_) intake_.refuse(417, "Expect other than 100-continue");
    }
    stop_when_refused(intake_, error);
  }

  void on_header_impl(BoostError& error) override {
    if (hosts_ > 1 || (hosts_ == 0 && version_ >= 11)) intake_.refuse(400, "exactly one Host is needed");
    intake_.head_done = true;
    stop_when_refused(intake_, error);
  }

  size_t on_chunk_body_impl(uint64_t, BoostView bytes, BoostError& error) override {
    intake_.take_body(request_.body, plain(bytes));
    stop_when_refused(intake_, error);
    return bytes.size();
  }

  // Bodies of known length never pass through the parser, see RequestReader::State.
  size_t on_body_impl(BoostView bytes, BoostError&) override { return bytes.size(); }
  void on_response_impl(int, BoostView, int, BoostError&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, BoostError&) override {}
  void on_chunk_header_impl(uint64_t, BoostView, BoostError&) override {}
  void on_finish_impl(BoostError&) override {}

  Intake& intake_;
  Request& request_;
  int version_ = 11;
  unsigned hosts_ = 0;
  bool waits_for_continue_ = false;
};

class ResponseParser final : public beast_http::basic_parser<false> {
 public:
  ResponseParser(Intake& intake, Response& response, bool head_only) : intake_(intake), response_(response) {
    header_limit(static_cast<uint32_t>(intake.limits.max_header_bytes));
    if (intake.limits.body_is_taken) {
      body_limit(boost::none);
    } else {
      body_limit(intake.limits.max_body_bytes);
    }
    eager(true);
    skip(head_only);
  }

 private:
  void on_response_impl(int status, BoostView, int, BoostError& error) override {
    response_.status = status;
    if (status == 101) intake_.refuse(400, "the server switched to another protocol");
    stop_when_refused(intake_, error);
  }
  void on_field_impl(field name, BoostView text, BoostView value, BoostError& error) override {
    intake_.take_field(response_.headers, name, plain(text), plain(value));
    stop_when_refused(intake_, error);
  }
  void on_header_impl(BoostError&) override { intake_.head_done = true; }
  size_t on_body_impl(BoostView bytes, BoostError& error) override {
    intake_.take_body(response_.body, plain(bytes));
    stop_when_refused(intake_, error);
    return bytes.size();
  }
  size_t on_chunk_body_impl(uint64_t, BoostView bytes, BoostError& error) override {
    return on_body_impl(bytes, error);
  }
  void on_request_impl(beast_http::verb, BoostView, BoostView, int, BoostError&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, BoostError&) override {}
  void on_chunk_header_impl(uint64_t, BoostView, BoostError&) override {}
  void on_finish_impl(BoostError&) override {}

  Intake& intake_;
  Response& response_;
};

}  // namespace

struct RequestReader::State {
  explicit State(const ReadLimits& limits) : intake(limits) { parser.emplace(intake, request); }

  // The head, or the next piece of a chunked body. False: needs more bytes than there are.
  bool parse(std::string_view bytes, size_t& used) {
    BoostError error;
    const bool in_head = !intake.head_done;
    const size_t taken = parser->put({bytes.data(), bytes.size()}, error);
    used += taken;
    if (in_head) head_bytes += taken;
    // Beast counts a head that comes in pieces less strictly than one that comes whole.
    if (in_head && intake.head_done && head_bytes > intake.limits.max_header_bytes) intake.refuse_head();
    if (error == beast_http::error::need_more) {
      if (!intake.head_done && head_bytes + bytes.size() - taken > intake.limits.max_header_bytes) {
        intake.refuse_head();
      }
      return false;
    }
    if (error) intake.refuse(error);
    if (intake.state == ReadState::refused) return false;
    if (parser->is_done()) {
      intake.state = ReadState::done;
    } else if (intake.state == ReadState::head) {
      intake.state = ReadState::body;
      length = parser->content_length().value_or(0);
    }
    return true;
  }

  void take_known_length(std::string_view bytes, size_t& used) {
    const size_t taken = std::min<uint64_t>(bytes.size(), length - received);
    // Whatever body_room handed out beyond `received` has not been written.
    request.body.resize(received);
    request.body.append(bytes.substr(0, taken));
    used += taken;
    arrived(taken);
  }

  void arrived(size_t count) {
    received += count;
    if (received == length) {
      request.body.resize(received);
      intake.state = ReadState::done;
    }
  }

  Intake intake;
  Request request;
  std::optional<RequestParser> parser;
  uint64_t head_bytes = 0;
  uint64_t length = 0;    // announced; 0 when chunked
  uint64_t received = 0;  // of it
};

RequestReader::RequestReader(const ReadLimits& limits) : state_(std::make_unique<State>(limits)) {}
RequestReader::~RequestReader() = default;

size_t RequestReader::feed(std::string_view bytes) {
  size_t used = 0;
  // Some clients end a body with one line break too many (RFC 9112 §2.2).
  while (!started() && used < bytes.size() && (bytes[used] == '\r' || bytes[used] == '\n')) ++used;
  while (used < bytes.size() && (state() == ReadState::head || state() == ReadState::body)) {
    const std::string_view rest = bytes.substr(used);
    if (state_->length > 0) {
      state_->take_known_length(rest, used);
    } else if (state() == ReadState::body && rest.size() < kLastChunk) {
      break;
    } else if (!state_->parse(rest, used)) {
      break;
    }
  }
  return used;
}

ReadState RequestReader::state() const {
  return state_->intake.state;
}

bool RequestReader::started() const {
  return state_->parser->got_some();
}

std::span<char> RequestReader::body_room() {
  State& s = *state_;
  if (s.intake.state != ReadState::body || s.length == 0) return {};
  if (s.received >= kBelievedBody) s.request.body.reserve(s.length);
  const size_t size = s.received + std::min(s.length - s.received, kBelievedBody);
  s.request.body.resize_and_overwrite(size, [size](char*, size_t) { return size; });  // no need for zeros
  return std::span(s.request.body).subspan(s.received);
}

void RequestReader::body_arrived(size_t count) {
  state_->arrived(count);
}

bool RequestReader::keep_alive() const {
  return state_->intake.head_done && state() != ReadState::refused && state_->parser->keep_alive();
}

bool RequestReader::is_http_1_0() const {
  return state_->parser->is_http_1_0();
}

bool RequestReader::expects_continue() const {
  const State& s = *state_;
  return s.parser->waits_for_continue() && s.intake.state == ReadState::body && s.received == 0 &&
         s.request.body.empty();
}

Request& RequestReader::request() {
  return state_->request;
}

const Refusal& RequestReader::refusal() const {
  return state_->intake.refusal;
}

void RequestReader::refuse(int status, std::string what) {
  state_->intake.refuse(status, what);
}

void RequestReader::reset() {
  State& s = *state_;
  Request& request = s.request;
  s.intake.restart(request.headers);
  if (request.body.capacity() > kKeptBody) request.body = {};
  for (std::string* text : {&request.method, &request.path, &request.query, &request.body}) text->clear();
  request.certificate.reset();
  request.socket = -1;
  s.parser.emplace(s.intake, s.request);
  s.head_bytes = s.length = s.received = 0;
}

struct ResponseReader::State {
  State(const ReadLimits& limits, bool skip_body) : intake(limits), head_only(skip_body) { restart(); }

  void restart() {
    intake = Intake(intake.limits);
    response = Response{};
    parser.emplace(intake, response, head_only);
  }

  bool parse(std::string_view bytes, size_t& used) {
    BoostError error;
    used += parser->put({bytes.data(), bytes.size()}, error);
    if (error == beast_http::error::need_more) return false;
    if (error) intake.refuse(error);
    if (intake.state == ReadState::refused) return false;
    intake.state = intake.head_done ? ReadState::body : ReadState::head;
    if (!parser->is_done()) return true;
    if (response.status < 200) {
      restart();
    } else {
      intake.state = ReadState::done;
    }
    return true;
  }

  bool holds_back(std::string_view rest) const {
    return intake.head_done && parser->chunked() && rest.size() < kLastChunk;
  }

  Intake intake;
  bool head_only;
  Response response;
  std::optional<ResponseParser> parser;
};

ResponseReader::ResponseReader(const ReadLimits& limits, bool head_only)
    : state_(std::make_unique<State>(limits, head_only)) {}
ResponseReader::~ResponseReader() = default;

size_t ResponseReader::feed(std::string_view bytes) {
  size_t used = 0;
  while (used < bytes.size() && (state() == ReadState::head || state() == ReadState::body)) {
    const std::string_view rest = bytes.substr(used);
    if (state_->holds_back(rest) || !state_->parse(rest, used)) break;
  }
  return used;
}

void ResponseReader::feed_end() {
  State& s = *state_;
  if (s.intake.state == ReadState::done || s.intake.state == ReadState::refused) return;
  BoostError error;
  if (s.parser->got_some()) s.parser->put_eof(error);
  if (error || !s.parser->got_some()) {
    s.intake.refuse(400, "the connection ended before the answer did");
  } else {
    s.intake.state = ReadState::done;
  }
}

ReadState ResponseReader::state() const {
  return state_->intake.state;
}

bool ResponseReader::keep_alive() const {
  return state() == ReadState::done && state_->parser->keep_alive();
}

Response& ResponseReader::response() {
  return state_->response;
}

const Refusal& ResponseReader::refusal() const {
  return state_->intake.refusal;
}

}  // namespace oree::http
