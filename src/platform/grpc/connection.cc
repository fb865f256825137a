#include "platform/grpc/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "platform/grpc/loop.h"

namespace oree::grpc {
namespace {

constexpr size_t kSendAtOnce = 256 << 10;

uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));  // nghttp2 only reads them
}

// A header field whose texts stay until it is sent.
nghttp2_nv fixed(std::string_view name, std::string_view value) {
  return {bytes_of(name), bytes_of(value), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

nghttp2_nv copied(std::string_view name, std::string_view value) {
  return {bytes_of(name), bytes_of(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NO_COPY_NAME};
}

constexpr std::array<std::string_view, 17> kCodes{"0", "1",  "2",  "3",  "4",  "5",  "6",  "7", "8",
                                                  "9", "10", "11", "12", "13", "14", "15", "16"};

nghttp2_nv status_field(Code code) {
  return fixed("grpc-status", kCodes[static_cast<size_t>(code)]);
}

Connection& self(void* user) {
  return *static_cast<Connection*>(user);
}

}  // namespace

Connection::Connection(Loop& loop, Handle socket, std::unique_ptr<TlsSocket> tls)
    : loop_(loop),
      socket_(std::move(socket)),
      tls_(std::move(tls)),
      opened_(loop.now()),
      heard_(opened_),
      sent_(opened_) {}

Connection::~Connection() {
  end();
  nghttp2_session_del(session_);
}

void Connection::end() {
  while (newest_ != nullptr) stream_closed(*newest_);
}

// ---- what nghttp2 calls

void Connection::set_callbacks(nghttp2_session_callbacks* callbacks) {
  nghttp2_session_callbacks_set_on_begin_headers_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
        if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) self(user).begin_call(frame->hd.stream_id);
        return 0;
      });
  nghttp2_session_callbacks_set_on_header_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_length,
                    const uint8_t* value, size_t value_length, uint8_t, void* user) {
        if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
        if (Rpc* rpc = self(user).rpc_of(frame->hd.stream_id)) {
          self(user).header(*rpc, {reinterpret_cast<const char*>(name), name_length},
                            {reinterpret_cast<const char*>(value), value_length});
        }
        return 0;
      });
  nghttp2_session_callbacks_set_on_frame_recv_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
        self(user).frame_heard(*frame);
        return 0;
      });
  nghttp2_session_callbacks_set_on_frame_send_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
        self(user).frame_sent(*frame);
        return 0;
      });
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
      callbacks,
      [](nghttp2_session* session, uint8_t, int32_t stream, const uint8_t* data, size_t length, void* user) {
        if (Rpc* rpc = self(user).rpc_of(stream)) {
          self(user).data(*rpc, {reinterpret_cast<const char*>(data), length});
        } else {
          nghttp2_session_consume(session, stream, length);
        }
        return 0;
      });
  nghttp2_session_callbacks_set_on_stream_close_callback(
      callbacks, [](nghttp2_session*, int32_t stream, uint32_t, void* user) {
        if (Rpc* rpc = self(user).rpc_of(stream)) self(user).stream_closed(*rpc);
        return 0;
      });
  nghttp2_session_callbacks_set_send_data_callback(
      callbacks, [](nghttp2_session*, nghttp2_frame*, const uint8_t* head, size_t length,
                    nghttp2_data_source* source, void* user) {
        self(user).write_output(*static_cast<Rpc*>(source->ptr), head, length);
        return 0;
      });
}

Rpc* Connection::rpc_of(int32_t stream) {
  return static_cast<Rpc*>(nghttp2_session_get_stream_user_data(session_, stream));
}

void Connection::frame_heard(const nghttp2_frame& frame) {
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS:
    case NGHTTP2_DATA: {
      strikes_ = 0;
      Rpc* rpc = rpc_of(frame.hd.stream_id);
      if (rpc == nullptr) return;
      if (frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST) {
        headers_complete(*rpc);
      }
      if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) client_done(*rpc);
      return;
    }
    case NGHTTP2_SETTINGS:
      greeted_ = true;
      return;
    case NGHTTP2_PING:
      if ((frame.hd.flags & NGHTTP2_FLAG_ACK) != 0) {
        pinged_.reset();
      } else {
        ping_heard();
      }
      return;
    default:
      return;
  }
}

// The answer is complete: a client that is still talking may stop. Not earlier, because nghttp2 drops what a
// stream has to say when its reset is queued.
void Connection::frame_sent(const nghttp2_frame& frame) {
  if (frame.hd.type != NGHTTP2_HEADERS || (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return;
  const Rpc* rpc = rpc_of(frame.hd.stream_id);
  if (rpc == nullptr || rpc->client_done_) return;
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, frame.hd.stream_id, NGHTTP2_NO_ERROR);
}

// A client may ask whether we are here, but not all the time with nothing else to say.
void Connection::ping_heard() {
  const ServerOptions& options = loop_.engine().options;
  const bool early = loop_.now() - last_ping_ < options.min_ping_interval;
  last_ping_ = loop_.now();
  if (!early || ++strikes_ <= options.max_ping_strikes) return;
  static constexpr std::string_view kWhy = "too_many_pings";  // clients look for this very text
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_),
                        NGHTTP2_ENHANCE_YOUR_CALM, bytes_of(kWhy), kWhy.size());
  ending_ = true;
}

// ---- in

bool Connection::make_session() {
  Engine& engine = loop_.engine();
  const ServerOptions& options = engine.options;
  if (nghttp2_session_server_new3(&session_, engine.callbacks, this, engine.option, loop_.pool().memory()) !=
      0) {
    return false;
  }
  const std::array<nghttp2_settings_entry, 3> settings{
      {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, options.max_streams},
       {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options.stream_window},
       {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, options.max_metadata_bytes}}};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                        static_cast<int32_t>(options.connection_window));
  return true;
}

bool Connection::receive() {
  const std::span<char> room = loop_.room();
  do {
    ssize_t count = 0;
    do {
      count = tls_ ? tls_->receive(room) : ::recv(socket_.get(), room.data(), room.size(), 0);
    } while (count < 0 && errno == EINTR);
    if (count == 0) return false;
    if (count < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
    heard_ = loop_.now();
    if (session_ == nullptr && !make_session()) return false;
    loop_.mark_dirty(*this);
    const ssize_t taken = nghttp2_session_mem_recv(session_, reinterpret_cast<const uint8_t*>(room.data()),
                                                   static_cast<size_t>(count));
    if (taken < 0) return false;  // no HTTP/2, or no memory
  } while (tls_ && tls_->holds_bytes());
  return true;  // what else the socket holds, epoll tells
}

// ---- out

bool Connection::send_out() {
  while (unsent_at_ < unsent_.size()) {
    const std::string_view rest = std::string_view(unsent_).substr(unsent_at_);
    const ssize_t count =
        tls_ ? tls_->send(rest) : ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (count > 0) {
      unsent_at_ += static_cast<size_t>(count);
      sent_ = loop_.now();
    } else if (errno != EINTR) {
      if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
      break;
    }
  }
  if (unsent_at_ == unsent_.size()) {
    unsent_.clear();
    unsent_at_ = 0;
  }
  loop_.watch(*this, !unsent_.empty());
  return true;
}

bool Connection::writable() {
  if (!send_out()) return false;
  if (!unsent_.empty()) return true;
  std::string().swap(unsent_);
  loop_.mark_dirty(*this);
  return true;
}

bool Connection::flush() {
  if (session_ == nullptr || !unsent_.empty()) return true;
  std::string& out = loop_.out();
  for (bool more = true; more && unsent_.empty();) {
    out.clear();
    while (out.size() < kSendAtOnce) {
      const uint8_t* data = nullptr;
      const ssize_t count = nghttp2_session_mem_send(session_, &data);
      if (count < 0) return false;
      more = count > 0;
      if (!more) break;
      out.append(reinterpret_cast<const char*>(data), static_cast<size_t>(count));
    }
    if (out.empty()) break;
    unsent_.swap(out);
    const bool fine = send_out();
    if (unsent_.empty()) unsent_.swap(out);  // the memory is the loop's
    if (!fine) return false;
  }
  if (!unsent_.empty()) return true;
  if (ending_) return false;
  return nghttp2_session_want_read(session_) != 0 || nghttp2_session_want_write(session_) != 0;
}

void Connection::advance(Rpc& rpc) {
  if (rpc.trailers_out_) return;
  bool output = false, status = false;
  {
    const std::lock_guard lock(rpc.mutex_);
    output = rpc.has_output();
    status = rpc.has_status_;
  }
  if (rpc.headers_out_) {
    if (output || status) nghttp2_session_resume_data(session_, rpc.stream_);
  } else if (output) {
    submit_headers(rpc);
  } else if (status) {
    submit_refusal(rpc);
  }
  if (!status) resume(rpc);
  loop_.mark_dirty(*this);
}

void Connection::submit_headers(Rpc& rpc) {
  std::array<nghttp2_nv, 3> fields{fixed(":status", "200"), fixed("content-type", "application/grpc")};
  size_t count = 2;
  if (rpc.reply_encoding_ != Encoding::identity) {
    fields[count++] = fixed("grpc-encoding", name_of(rpc.reply_encoding_));
  }
  nghttp2_data_provider output{};
  output.source.ptr = &rpc;
  output.read_callback = [](nghttp2_session*, int32_t, uint8_t*, size_t length, uint32_t* flags,
                            nghttp2_data_source* source, void* user) {
    return self(user).read_output(*static_cast<Rpc*>(source->ptr), length, flags);
  };
  nghttp2_submit_response(session_, rpc.stream_, fields.data(), count, &output);
  rpc.headers_out_ = true;
}

// "Trailers-only": the status in the first and last header fields.
void Connection::submit_refusal(Rpc& rpc) {
  std::array<nghttp2_nv, 5> fields{fixed(":status", "200"), fixed("content-type", "application/grpc")};
  size_t count = 2;
  std::string what;
  {
    const std::lock_guard lock(rpc.mutex_);
    fields[count++] = status_field(rpc.code_);
    what = percent_encode(rpc.what_);
    if (!what.empty()) fields[count++] = copied("grpc-message", what);
    if (rpc.code_ == Code::unimplemented) {
      fields[count++] = fixed("grpc-accept-encoding", kAcceptedEncodings);
    }
  }
  nghttp2_submit_response(session_, rpc.stream_, fields.data(), count, nullptr);
  rpc.headers_out_ = rpc.trailers_out_ = true;
}

void Connection::submit_plain(Rpc& rpc, std::string_view http_status) {
  const nghttp2_nv field = fixed(":status", http_status);
  nghttp2_submit_response(session_, rpc.stream_, &field, 1, nullptr);
  rpc.headers_out_ = rpc.trailers_out_ = true;
}

void Connection::submit_trailers(Rpc& rpc) {
  std::array<nghttp2_nv, 2> fields{status_field(rpc.code_)};
  size_t count = 1;
  const std::string what = percent_encode(rpc.what_);
  if (!what.empty()) fields[count++] = copied("grpc-message", what);
  nghttp2_submit_trailer(session_, rpc.stream_, fields.data(), count);
  rpc.trailers_out_ = true;
}

ssize_t Connection::read_output(Rpc& rpc, size_t length, uint32_t* flags) {
  const std::lock_guard lock(rpc.mutex_);
  const size_t waiting = rpc.out_.size() - rpc.sent_;
  const size_t count = std::min(waiting, length);
  if (count == 0 && !rpc.has_status_) return NGHTTP2_ERR_DEFERRED;
  if (count > 0) *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (count == waiting && rpc.has_status_) {
    *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
    submit_trailers(rpc);
  }
  return static_cast<ssize_t>(count);
}

void Connection::write_output(Rpc& rpc, const uint8_t* head, size_t length) {
  constexpr size_t kFrameHead = 9;
  constexpr size_t kWorthMoving = 256 << 10;
  std::string& out = loop_.out();
  const std::lock_guard lock(rpc.mutex_);
  out.append(reinterpret_cast<const char*>(head), kFrameHead);
  out.append(rpc.out_, rpc.sent_, length);
  rpc.sent_ += length;
  if (!rpc.has_output()) {
    rpc.out_.clear();
    rpc.sent_ = 0;
  } else if (rpc.conversation_ && rpc.sent_ > kWorthMoving) {
    rpc.out_.erase(0, rpc.sent_);
    rpc.sent_ = 0;
  }
  if (!rpc.stash_.empty()) rpc.signal();  // the conversation may go on
}

// ---- now and then

void Connection::go_away() {
  if (session_ == nullptr) {
    ending_ = true;
    return;
  }
  for (Rpc* rpc = newest_; rpc != nullptr; rpc = rpc->older_) {
    if (rpc->conversation_ && !rpc->gone()) rpc->conversation_->stopping();
  }
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_),
                        NGHTTP2_NO_ERROR, nullptr, 0);
  loop_.mark_dirty(*this);
}

bool Connection::in_the_middle() const {
  if (!unsent_.empty()) return true;
  for (const Rpc* rpc = newest_; rpc != nullptr; rpc = rpc->older_) {
    if (!rpc->request_.between() && !rpc->request_.complete()) return true;
    const std::lock_guard lock(rpc->mutex_);
    if (rpc->has_output()) return true;
  }
  return false;
}

bool Connection::look_after(MonoTime now) {
  const ServerOptions& options = loop_.engine().options;
  if (ending_ && unsent_.empty()) return false;
  if (!greeted_) return now - opened_ < options.handshake_timeout;
  for (Rpc* rpc = newest_; rpc != nullptr; rpc = rpc->older_) {
    if (rpc->conversation_ && !rpc->gone()) rpc->conversation_->now_and_then();
  }
  if (in_the_middle() && now - std::max(heard_, sent_) > options.stall_timeout) return false;
  if (pinged_) return now - *pinged_ < options.keepalive_timeout;
  if (now - heard_ < options.keepalive_time) return true;
  nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
  pinged_ = now;
  loop_.mark_dirty(*this);
  return true;
}

}  // namespace oree::grpc
