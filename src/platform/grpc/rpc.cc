#include "platform/grpc/rpc.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "platform/grpc/loop.h"

namespace oree::grpc {

Rpc::Rpc(Loop& loop) : loop_(loop) {}

std::string_view Rpc::metadata(std::string_view name) const {
  std::string_view rest = metadata_;
  while (!rest.empty()) {
    const size_t name_end = rest.find('\0');
    const size_t value_end = rest.find('\0', name_end + 1);
    if (rest.substr(0, name_end) == name) return rest.substr(name_end + 1, value_end - name_end - 1);
    rest.remove_prefix(value_end + 1);
  }
  return {};
}

std::string Rpc::peer() const {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (connection_ == nullptr ||
      ::getpeername(connection_->socket(), reinterpret_cast<sockaddr*>(&storage), &length) != 0) {
    return {};
  }
  char text[INET6_ADDRSTRLEN] = "";
  const bool is_v6 = storage.ss_family == AF_INET6;
  const void* address = is_v6 ? static_cast<const void*>(&reinterpret_cast<sockaddr_in6&>(storage).sin6_addr)
                              : &reinterpret_cast<sockaddr_in&>(storage).sin_addr;
  ::inet_ntop(storage.ss_family, address, text, sizeof text);
  return text;
}

std::string& Rpc::reply() {
  if (draft_.empty()) draft_.assign(kPrefixBytes, '\0');
  return draft_;
}

void Rpc::send(std::string_view message) {
  std::string packed;
  append_framed(packed, message, reply_encoding_);  // outside of the lock: it may compress
  const std::lock_guard lock(mutex_);
  if (has_status_) return;
  if (out_.empty()) {
    out_.swap(packed);
  } else {
    out_ += packed;
  }
  signal();
}

void Rpc::answered() {
  const std::lock_guard lock(mutex_);
  unanswered_.fetch_sub(1);
  signal();
}

size_t Rpc::unsent() const {
  const std::lock_guard lock(mutex_);
  return out_.size() - sent_;
}

void Rpc::finish() {
  if (!conversation_) {
    reply();
    if (reply_encoding_ == Encoding::identity) {
      write_prefix(draft_.data(), false, draft_.size() - kPrefixBytes);
    } else {
      std::string packed;
      append_framed(packed, std::string_view(draft_).substr(kPrefixBytes), reply_encoding_);
      draft_.swap(packed);
    }
  }
  const std::lock_guard lock(mutex_);
  if (!conversation_ && !has_status_) out_.swap(draft_);
  set_status(Code::ok, {});
  done_ = true;
  signal();
}

void Rpc::finish(Code code, std::string_view what) {
  const std::lock_guard lock(mutex_);
  set_status(code, what);
  done_ = true;
  signal();
}

void Rpc::set_status(Code code, std::string_view what) {
  if (has_status_) return;
  has_status_ = true;
  code_ = code;
  what_ = what;
}

void Rpc::signal() {
  if (queued_) return;
  queued_ = true;
  loop_.look_at(*this);
}

void Rpc::refuse(Code code, std::string_view what) {
  gone_.store(true, std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  set_status(code, what);
  if (!headers_out_) {
    out_.clear();
    sent_ = 0;
  }
  done_ = done_ || !started_;
  signal();
}

size_t Rpc::kept_bytes() const {
  return request_.kept_bytes() + out_.capacity() + draft_.capacity() + stash_.capacity();
}

void Rpc::give_memory_back() {
  request_.give_memory_back();
  for (std::string* buffer : {&out_, &draft_, &stash_}) std::string().swap(*buffer);
}

void Rpc::clear() {
  method_ = nullptr;
  conversation_.reset();
  metadata_.clear();
  deadline_.reset();
  stash_.clear();
  seen_ = 0;
  request_encoding_ = reply_encoding_ = Encoding::identity;
  started_ = client_done_ = half_closed_said_ = headers_out_ = trailers_out_ = false;
  newer_ = older_ = nullptr;
  gone_.store(false, std::memory_order_relaxed);
  unanswered_.store(0, std::memory_order_relaxed);
  draft_.clear();
  const std::lock_guard lock(mutex_);
  out_.clear();
  sent_ = 0;
  has_status_ = done_ = queued_ = false;
  code_ = Code::ok;
  what_.clear();
}

}  // namespace oree::grpc
