#include "services/oip/infer_state.h"

#include <new>

#include "base/text.h"
#include "platform/json/value.h"
#include "services/oip/error.h"
#include "services/oip/wire/answer.h"
#include "services/oip/wire/generate.h"

namespace oree::oip {

namespace {

constexpr size_t kIdle = 256;              // states that wait for the next request
constexpr size_t kIdleBytes = 64 << 20;    // memory that all of them keep
constexpr size_t kKept = 16 << 20;         // and one of them
constexpr uint64_t kInflated = 256 << 20;  // of all requests under way
constexpr size_t kWorthDeflating = 256;

}  // namespace

InferPool::InferPool() {
  idle_.reserve(kIdle);
}

InferPool::~InferPool() = default;

InferState& InferPool::borrow() {
  std::unique_ptr<InferState> state;
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      state = std::move(idle_.back());
      idle_.pop_back();
      idle_bytes_ -= state->kept();
    }
  }
  if (!state) state = std::make_unique<InferState>();
  state->pool_ = shared_from_this();
  return *state.release();
}

void InferPool::give_back(std::unique_ptr<InferState> state) {
  inflated_ -= state->inflated_.size();
  state->reset();
  const size_t kept = state->kept();
  const std::lock_guard lock(mutex_);
  if (idle_.size() == kIdle || idle_bytes_ + kept > kIdleBytes) return;
  idle_bytes_ += kept;
  idle_.push_back(std::move(state));
}

bool InferPool::count_inflated(uint64_t bytes) {
  if (inflated_.fetch_add(bytes) + bytes <= kInflated) return true;
  inflated_ -= bytes;
  return false;
}

// The answer's reference count lives in the state itself; when it has gone, so has every user of the answer.
template <class T>
struct InferState::InPlace {
  using value_type = T;
  explicit InPlace(InferState& owner) : state(&owner) {}
  template <class U>
  InPlace(const InPlace<U>& other) : state(other.state) {}
  T* allocate(size_t count) {
    static_assert(sizeof(T) <= sizeof(InferState::keep_memory_));
    if (count != 1) throw std::bad_alloc();
    return reinterpret_cast<T*>(state->keep_memory_.data());
  }
  void deallocate(T*, size_t) { state->drop(); }
  template <class U>
  bool operator==(const InPlace<U>& other) const {
    return state == other.state;
  }
  InferState* state;
};

void InferState::drop() {
  const std::shared_ptr<InferPool> pool = std::move(pool_);
  pool->give_back(std::unique_ptr<InferState>(this));
}

void InferState::reset() {
  clear_state(kKept);
  inflated_ = {};
  deflated_ = {};
  fields_.clear();
  coding = http::Coding::identity;
  dress = Dress::infer;
  trace = nullptr;
  ticket = {};
  status_ = 200;
  phase_.store(Phase::asked, std::memory_order_relaxed);
}

size_t InferState::kept() const {
  return arena.kept() + answer.capacity();
}

Result<std::string_view> InferState::inflate(http::Coding from, std::string_view bytes, uint64_t limit) {
  Result<std::string> out = http::decode(from, bytes, limit);
  if (!out) return forward(out);
  if (!pool_->count_inflated(out->size())) return fail(ErrorKind::busy, "busy: too many long bodies at once");
  inflated_ = *std::move(out);
  return std::string_view(inflated_);
}

void InferState::print_fields() {
  const bool binary = status_ == 200 && answer_binary;
  const bool event = status_ == 200 && dress == Dress::generate_stream;
  fields_ += binary  ? "Content-Type: application/octet-stream\r\n"
             : event ? "Content-Type: text/event-stream; charset=utf-8\r\n"
                     : "Content-Type: application/json\r\n";
  if (binary) {
    char digits[24];
    fields_ += "Inference-Header-Content-Length: ";
    fields_.append(digits, std::to_chars(digits, digits + sizeof digits, answer_json).ptr);
    fields_ += "\r\n";
  }
}

void InferState::deflate() {
  if (coding == http::Coding::identity || answer.size() < kWorthDeflating) return;
  std::optional<std::string> packed = http::encode(coding, answer);
  if (!packed) return;
  deflated_ = *std::move(packed);
  fields_ += "Content-Encoding: ";
  fields_ += http::coding_name(coding);
  fields_ += "\r\n";
}

Status InferState::print_body() {
  if (ticket.id != 0) trace->write(ticket, *this, served->description());
  if (dress == Dress::infer) return print_answer(*this);
  // A model answers once, so the stream of events is one event long.
  const bool event = dress == Dress::generate_stream;
  if (event) answer += "data: ";
  Status printed = print_generated(*this);
  if (event) answer += "\n\n";
  return printed;
}

void InferState::print(Status status) {
  if (status) status = print_body();
  if (!status) {
    status_ = http_status(status.error().kind);
    answer = "{\"error\":";
    json::quote_to(answer, status.error().what);
    answer += '}';
  }
  print_fields();
  deflate();
}

// Before a promise somebody is just bringing the call.
bool InferState::wanted() const {
  return phase_.load(std::memory_order_acquire) != Phase::promised || later_->open();
}

void InferState::finished(Status status) {
  print(std::move(status));
  if (phase_.exchange(Phase::answered, std::memory_order_acq_rel) != Phase::promised) return;
  const std::shared_ptr<http::LaterAnswer> later = std::move(later_);
  later->answer(answer_now());  // from here on the state is whoever sends it
}

http::Response InferState::answer_now() {
  http::Response response;
  response.status = status_;
  response.borrowed_fields = fields_;
  response.borrowed = as_bytes(deflated_.empty() ? answer : deflated_);
  response.keep =
      std::shared_ptr<const void>(static_cast<const void*>(this), [](const void*) {}, InPlace<char>(*this));
  return response;
}

void InferState::wait(std::shared_ptr<http::LaterAnswer> later) {
  later_ = std::move(later);
  Phase asked = Phase::asked;
  if (phase_.compare_exchange_strong(asked, Phase::promised, std::memory_order_acq_rel)) return;
  const std::shared_ptr<http::LaterAnswer> now = std::move(later_);
  now->answer(answer_now());
}

http::Response InferState::response() {
  if (phase_.load(std::memory_order_acquire) == Phase::answered) return answer_now();
  http::Response response;
  response.on_later = [this](std::shared_ptr<http::LaterAnswer> later) { wait(std::move(later)); };
  return response;
}

}  // namespace oree::oip
