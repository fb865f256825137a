// An HTTP/2 client for tests that does what it is told, also what no gRPC client would do. One thread; every
// wait ends after ten seconds, which only a broken server makes a test see.
#pragma once

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "platform/grpc/wire/message_reader.h"

namespace oree::grpc::testing {

inline std::string framed(std::string_view message, Encoding encoding = Encoding::identity) {
  std::string out;
  append_framed(out, message, encoding);
  return out;
}

struct Answer {
  std::map<std::string, std::string> fields;  // first and last header fields
  std::string body;
  bool closed = false;
  uint32_t error = 0;  // of RST_STREAM

  std::string status() const { return field("grpc-status"); }
  std::string field(const std::string& name) const {
    const auto at = fields.find(name);
    return at == fields.end() ? "" : at->second;
  }
  // The messages that came, decompressed with what grpc-encoding says.
  std::vector<std::string> messages() const {
    MessageReader reader;
    reader.reset(parse_encoding(field("grpc-encoding")).value_or(Encoding::identity), size_t{1} << 30);
    std::vector<std::string> all;
    std::string_view rest = body;
    while (!rest.empty()) {
      const auto taken = reader.feed(rest);
      REQUIRE(taken);
      rest.remove_prefix(*taken);
      if (!reader.complete()) continue;
      all.push_back(reader.message());
      reader.next();
    }
    return all;
  }
};

using Fields = std::vector<std::pair<std::string, std::string>>;

class H2Client {
 public:
  explicit H2Client(uint16_t port, uint32_t window = 1 << 20) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    set_callbacks(callbacks);
    nghttp2_session_client_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window}};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, 1);
  }
  ~H2Client() {
    nghttp2_session_del(session_);
    ::close(socket_);
  }
  H2Client(const H2Client&) = delete;
  H2Client& operator=(const H2Client&) = delete;

  bool connected() const { return connected_; }

  // Begins a call and sends `body`; `more` keeps it open for say() and finish().
  int32_t begin(const std::string& path, std::string body, const Fields& extra = {}, bool more = false) {
    Fields fields{{":method", "POST"},
                  {":scheme", "http"},
                  {":path", path},
                  {":authority", "test"},
                  {"content-type", "application/grpc"},
                  {"te", "trailers"}};
    for (const auto& [name, value] : extra) {
      std::erase_if(fields, [&](const auto& field) { return field.first == name; });
      fields.insert(name[0] == ':' ? fields.begin() : fields.end(), {name, value});
    }
    std::vector<nghttp2_nv> nv;
    for (auto& [name, value] : fields) nv.push_back(pair_of(name, value));
    Sending sending{std::move(body), !more};
    nghttp2_data_provider provider{};
    provider.source.ptr = this;
    provider.read_callback = [](nghttp2_session*, int32_t stream, uint8_t* room, size_t length,
                                uint32_t* flags, nghttp2_data_source*, void* user) {
      return static_cast<H2Client*>(user)->read(stream, room, length, flags);
    };
    const int32_t stream =
        nghttp2_submit_request(session_, nullptr, nv.data(), nv.size(), &provider, nullptr);
    sending_[stream] = std::move(sending);
    flush();
    return stream;
  }
  void say(int32_t stream, std::string_view bytes) {
    sending_[stream].bytes += bytes;
    nghttp2_session_resume_data(session_, stream);
    flush();
  }
  void finish(int32_t stream) {
    sending_[stream].ends = true;
    nghttp2_session_resume_data(session_, stream);
    flush();
  }
  void reset(int32_t stream) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream, NGHTTP2_CANCEL);
    flush();
  }
  void ping() {
    nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
    flush();
  }

  // Reads until `happened`; false when the connection ends or ten seconds pass before.
  template <class Happened>
  bool wait_for(Happened happened) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!happened()) {
      pollfd watch{socket_, POLLIN, 0};
      if (std::chrono::steady_clock::now() > end || ::poll(&watch, 1, 10'000) <= 0) return false;
      if (!receive()) return happened();
    }
    return true;
  }
  Answer& answer(int32_t stream) {
    CHECK(wait_for([&] { return answers_[stream].closed; }));
    return answers_[stream];
  }
  Answer& so_far(int32_t stream) { return answers_[stream]; }
  Answer call(const std::string& path, std::string body, const Fields& extra = {}) {
    return answer(begin(path, std::move(body), extra));
  }
  size_t unsaid(int32_t stream) const { return sending_.at(stream).bytes.size(); }
  bool closed() {
    return !wait_for([] { return false; }) && ended_;
  }
  std::optional<uint32_t> goaway;  // its error code
  int pongs = 0;

 private:
  struct Sending {
    std::string bytes;
    bool ends = false;
  };

  static nghttp2_nv pair_of(std::string& name, std::string& value) {
    return {reinterpret_cast<uint8_t*>(name.data()), reinterpret_cast<uint8_t*>(value.data()), name.size(),
            value.size(), NGHTTP2_NV_FLAG_NONE};
  }
  static H2Client& self(void* user) { return *static_cast<H2Client*>(user); }

  static void set_callbacks(nghttp2_session_callbacks* callbacks) {
    nghttp2_session_callbacks_set_on_header_callback(callbacks, [](nghttp2_session*,
                                                                   const nghttp2_frame* frame,
                                                                   const uint8_t* name, size_t name_length,
                                                                   const uint8_t* value, size_t value_length,
                                                                   uint8_t, void* user) {
      self(user).answers_[frame->hd.stream_id].fields[{reinterpret_cast<const char*>(name), name_length}] = {
          reinterpret_cast<const char*>(value), value_length};
      return 0;
    });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        callbacks,
        [](nghttp2_session*, uint8_t, int32_t stream, const uint8_t* data, size_t length, void* user) {
          self(user).answers_[stream].body.append(reinterpret_cast<const char*>(data), length);
          return 0;
        });
    nghttp2_session_callbacks_set_on_stream_close_callback(
        callbacks, [](nghttp2_session*, int32_t stream, uint32_t error, void* user) {
          self(user).answers_[stream].closed = true;
          self(user).answers_[stream].error = error;
          return 0;
        });
    nghttp2_session_callbacks_set_on_frame_recv_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
          if (frame->hd.type == NGHTTP2_GOAWAY) self(user).goaway = frame->goaway.error_code;
          if (frame->hd.type == NGHTTP2_PING && (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) ++self(user).pongs;
          return 0;
        });
  }

  ssize_t read(int32_t stream, uint8_t* room, size_t length, uint32_t* flags) {
    Sending& sending = sending_[stream];
    const size_t count = std::min(length, sending.bytes.size());
    std::copy_n(sending.bytes.begin(), count, room);
    sending.bytes.erase(0, count);
    if (sending.bytes.empty() && sending.ends) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return count == 0 && !sending.ends ? static_cast<ssize_t>(NGHTTP2_ERR_DEFERRED)
                                       : static_cast<ssize_t>(count);
  }

  void flush() {
    for (;;) {
      const uint8_t* data = nullptr;
      const ssize_t count = nghttp2_session_mem_send(session_, &data);
      if (count <= 0) return;
      for (ssize_t sent = 0; sent < count;) {
        const ssize_t now = ::send(socket_, data + sent, static_cast<size_t>(count - sent), MSG_NOSIGNAL);
        if (now < 0) return;
        sent += now;
      }
    }
  }

  bool receive() {
    char room[64 << 10];
    const ssize_t count = ::recv(socket_, room, sizeof room, 0);
    ended_ = count <= 0;
    if (ended_) return false;
    nghttp2_session_mem_recv(session_, reinterpret_cast<uint8_t*>(room), static_cast<size_t>(count));
    flush();
    return true;
  }

  int socket_ = -1;
  bool connected_ = false;
  bool ended_ = false;
  nghttp2_session* session_ = nullptr;
  std::map<int32_t, Answer> answers_;
  std::map<int32_t, Sending> sending_;
};

}  // namespace oree::grpc::testing
