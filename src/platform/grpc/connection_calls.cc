// A call's way from its header fields to its method.
#include "platform/grpc/connection.h"
#include "platform/grpc/loop.h"

namespace oree::grpc {
namespace {

// What of a request's header was seen; Rpc::seen_.
enum Seen : uint32_t {
  kPost = 1,
  kContentType = 2,
  kBadTimeout = 4,
  kBadEncoding = 8,
  kTooMuchMetadata = 16,
  kTakesGzip = 32,
  kTakesDeflate = 64,
};

constexpr size_t kSmallMessage = 16 << 10;  // not worth counting

bool is_grpc(std::string_view content_type) {
  constexpr std::string_view kType = "application/grpc";
  if (!content_type.starts_with(kType)) return false;
  const std::string_view rest = content_type.substr(kType.size());
  return rest.empty() || rest[0] == '+' || rest[0] == ';';
}

}  // namespace

void Connection::begin_call(int32_t stream) {
  Rpc& rpc = loop_.take_rpc();
  rpc.connection_ = this;
  rpc.stream_ = stream;
  rpc.received_ = loop_.now();
  rpc.older_ = newest_;
  if (newest_ != nullptr) newest_->newer_ = &rpc;
  newest_ = &rpc;
  nghttp2_session_set_stream_user_data(session_, stream, &rpc);
}

void Connection::header(Rpc& rpc, std::string_view name, std::string_view value) {
  if (name == ":path") {
    rpc.method_ = loop_.engine().methods.find(value);
  } else if (name == ":method") {
    if (value == "POST") rpc.seen_ |= kPost;
  } else if (name == "content-type") {
    if (is_grpc(value)) rpc.seen_ |= kContentType;
  } else if (name == "grpc-timeout") {
    const auto timeout = parse_timeout(value);
    if (timeout) rpc.deadline_ = rpc.received_ + *timeout;
    if (!timeout) rpc.seen_ |= kBadTimeout;
  } else if (name == "grpc-encoding") {
    const auto encoding = parse_encoding(value);
    if (encoding) rpc.request_encoding_ = *encoding;
    if (!encoding) rpc.seen_ |= kBadEncoding;
  } else if (name == "grpc-accept-encoding") {
    if (accepts(value, Encoding::gzip)) rpc.seen_ |= kTakesGzip;
    if (accepts(value, Encoding::deflate)) rpc.seen_ |= kTakesDeflate;
  } else if (name[0] != ':' && name != "te" && name != "user-agent") {
    if (rpc.metadata_.size() + name.size() + value.size() + 2 > loop_.engine().options.max_metadata_bytes) {
      rpc.seen_ |= kTooMuchMetadata;
      return;
    }
    rpc.metadata_.append(name).push_back('\0');
    rpc.metadata_.append(value).push_back('\0');
  }
}

void Connection::headers_complete(Rpc& rpc) {
  rpc.request_.reset(rpc.request_encoding_, loop_.engine().options.max_message_bytes);
  if ((rpc.seen_ & kPost) == 0) return submit_plain(rpc, "405");
  if ((rpc.seen_ & kContentType) == 0) return submit_plain(rpc, "415");
  if ((rpc.seen_ & kTooMuchMetadata) != 0) {
    return refuse(rpc, Code::resource_exhausted, "the metadata is larger than the server takes");
  }
  if (rpc.method_ == nullptr) return refuse(rpc, Code::unimplemented, "unknown method");
  if ((rpc.seen_ & kBadTimeout) != 0) return refuse(rpc, Code::invalid_argument, "grpc-timeout is malformed");
  if ((rpc.seen_ & kBadEncoding) != 0) {
    return refuse(rpc, Code::unimplemented, "grpc-encoding is none of identity, deflate, gzip");
  }
  const bool takes = rpc.request_encoding_ == Encoding::gzip ? (rpc.seen_ & kTakesGzip) != 0
                                                             : (rpc.seen_ & kTakesDeflate) != 0;
  if (takes) rpc.reply_encoding_ = rpc.request_encoding_;
  if (rpc.deadline_) loop_.set_deadline(rpc);
  if (!rpc.method_->open_conversation) return;
  rpc.started_ = true;
  rpc.conversation_ = rpc.method_->open_conversation(rpc);
}

void Connection::data(Rpc& rpc, std::string_view bytes) {
  nghttp2_session_consume_connection(session_, bytes.size());
  if (rpc.trailers_out_ || rpc.gone()) {
    nghttp2_session_consume_stream(session_, rpc.stream_, bytes.size());
  } else if (rpc.conversation_) {
    feed_conversation(rpc, bytes);
  } else {
    nghttp2_session_consume_stream(session_, rpc.stream_, bytes.size());
    feed_unary(rpc, bytes);
  }
}

// Whether there is memory for what the call holds.
bool Connection::charge(Rpc& rpc) {
  const size_t held = rpc.request_.held_bytes();
  if (held <= rpc.charged_ || held < kSmallMessage) return true;
  Engine& engine = loop_.engine();
  const size_t more = held - rpc.charged_;
  rpc.charged_ = held;
  if (engine.message_memory.fetch_add(more, std::memory_order_relaxed) + more <=
      engine.options.max_message_memory) {
    return true;
  }
  refuse(rpc, Code::resource_exhausted, "the server has no memory for more requests now");
  return false;
}

void Connection::feed_unary(Rpc& rpc, std::string_view bytes) {
  while (!bytes.empty()) {
    if (rpc.request_.complete()) {
      return refuse(rpc, Code::unimplemented, "this method takes one message, and more have come");
    }
    const auto taken = rpc.request_.feed(bytes);
    if (!taken) return refuse(rpc, taken.error().code, taken.error().what);
    bytes.remove_prefix(*taken);
    if (!charge(rpc)) return;
  }
}

bool Connection::paused(Rpc& rpc) {
  const ServerOptions& options = loop_.engine().options;
  return rpc.unanswered_.load() >= options.max_unanswered || rpc.unsent() > options.max_unsent;
}

void Connection::feed_conversation(Rpc& rpc, std::string_view bytes) {
  const size_t stashed = rpc.stash_.size();
  if (stashed > 0) {
    rpc.stash_ += bytes;
    return;
  }
  while (!bytes.empty()) {
    if (paused(rpc)) {
      rpc.stash_.assign(bytes);
      return;
    }
    const auto taken = rpc.request_.feed(bytes);
    if (!taken) return refuse(rpc, taken.error().code, taken.error().what);
    nghttp2_session_consume_stream(session_, rpc.stream_, *taken);
    bytes.remove_prefix(*taken);
    if (!charge(rpc)) return;
    if (!rpc.request_.complete()) continue;
    std::string message = std::move(rpc.request_.message());
    rpc.request_.next();
    rpc.unanswered_.fetch_add(1);
    rpc.conversation_->hear(std::move(message));
    if (rpc.gone()) return;
  }
}

void Connection::resume(Rpc& rpc) {
  if (!rpc.conversation_ || rpc.gone()) return;
  if (!rpc.stash_.empty() && !paused(rpc)) {
    const std::string waiting = std::exchange(rpc.stash_, {});
    feed_conversation(rpc, waiting);
  }
  if (rpc.client_done_) say_half_closed(rpc);
}

void Connection::client_done(Rpc& rpc) {
  rpc.client_done_ = true;
  if (rpc.trailers_out_ || rpc.gone()) return;
  if (rpc.conversation_) return say_half_closed(rpc);
  if (!rpc.request_.complete()) {
    return refuse(rpc, Code::internal, "the request ended before its message did");
  }
  rpc.started_ = true;
  rpc.method_->unary(rpc);
}

void Connection::say_half_closed(Rpc& rpc) {
  if (!rpc.stash_.empty() || rpc.half_closed_said_) return;
  if (!rpc.request_.between()) {
    return refuse(rpc, Code::internal, "the request ended within a message");
  }
  rpc.half_closed_said_ = true;
  rpc.conversation_->half_closed();
}

void Connection::refuse(Rpc& rpc, Code code, std::string_view what) {
  if (rpc.gone()) return;
  rpc.refuse(code, what);
  if (rpc.conversation_) rpc.conversation_->gone();
}

void Connection::time_is_over(Rpc& rpc) {
  refuse(rpc, Code::deadline_exceeded, "Deadline Exceeded");
}

void Connection::stream_closed(Rpc& rpc) {
  if (rpc.newer_ != nullptr) rpc.newer_->older_ = rpc.older_;
  if (rpc.older_ != nullptr) rpc.older_->newer_ = rpc.newer_;
  if (newest_ == &rpc) newest_ = rpc.older_;
  rpc.newer_ = rpc.older_ = nullptr;
  if (session_ != nullptr) nghttp2_session_set_stream_user_data(session_, rpc.stream_, nullptr);
  const bool was_gone = rpc.gone_.exchange(true, std::memory_order_relaxed);
  bool done = false;
  {
    const std::lock_guard lock(rpc.mutex_);
    done = rpc.done_;
  }
  if (rpc.conversation_ && !done && !was_gone) rpc.conversation_->gone();
  loop_.detached(rpc);
}

}  // namespace oree::grpc
