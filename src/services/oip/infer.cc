#include "services/oip/infer.h"

#include <algorithm>

#include "base/text.h"
#include "platform/http/coding/coding.h"
#include "platform/http/ends/asker.h"
#include "services/oip/error.h"
#include "services/oip/infer_state.h"
#include "services/oip/wire/generate.h"
#include "services/oip/wire/request.h"

namespace oree::oip {

namespace {

constexpr std::string_view kHeaderLength = "Inference-Header-Content-Length";
constexpr size_t kShortJson = 64 << 10;
constexpr uint64_t kInflatedBody = 64 << 20;

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// The body as it was before it was compressed; the request's own when it was not.
Result<std::string_view> plain_body(const http::Request& request, InferState& state) {
  const std::string_view name = request.header("Content-Encoding");
  if (name.empty()) return std::string_view(request.body);
  const auto coding = http::parse_coding(name);
  if (!coding) return fail(ErrorKind::unsupported, "Unsupported compression type");
  if (*coding == http::Coding::identity) return std::string_view(request.body);
  return state.inflate(*coding, request.body, kInflatedBody);
}

// Where JSON ends; nullopt for a request without the header field.
Result<std::optional<size_t>> json_length(const http::Request& request, size_t body) {
  const std::string_view text = request.header(kHeaderLength);
  if (text.empty()) return std::nullopt;
  const auto length = parse_number<int64_t>(text);
  if (!length) return fail(ErrorKind::invalid, cat("Unable to parse ", kHeaderLength, ", got: ", text));
  if (*length < 0 || static_cast<uint64_t>(*length) > body) {
    return fail(ErrorKind::invalid,
                cat("inference header size should be in range (0, ", body, "), got: ", text));
  }
  return static_cast<size_t>(*length);
}

}  // namespace

bool may_use_regions(RegionsFor regions, std::string_view peer) {
  return regions == RegionsFor::everybody || (regions == RegionsFor::this_machine && http::is_loopback(peer));
}

Result<std::shared_ptr<inference::Served>> find_model(inference::Service& service,
                                                      const http::Request& request, inference::Wait wait) {
  const std::string_view version = request.capture("version");
  if (!version.empty() && !is_number(version)) return fail(ErrorKind::not_found, "Not Found");
  return service.find(request.capture("model"), version, wait);
}

Infer::Infer(inference::Service& service, const SharedMemory& shared_memory, RegionsFor regions, Trace& trace)
    : service_(service),
      shared_memory_(shared_memory),
      regions_(regions),
      trace_(trace),
      pool_(std::make_shared<InferPool>()) {}

Infer::~Infer() = default;

bool Infer::is_quick(const http::Request& request) const {
  if (request.body.size() > kShortJson && request.header(kHeaderLength).empty()) return false;
  if (!request.header("Content-Encoding").empty()) return false;
  if (http::preferred_coding(request.header("Accept-Encoding")) != http::Coding::identity) return false;
  return find_model(service_, request, inference::Wait::no).has_value();
}

Status Infer::read(const http::Request& request, InferState& state) const {
  Result<std::shared_ptr<inference::Served>> served = find_model(service_, request, inference::Wait::no);
  if (!served && served.error().kind == ErrorKind::busy)
    served = find_model(service_, request, inference::Wait::yes);
  if (!served) return forward(served);
  state.served = *std::move(served);
  state.may_run_here = state.served->quick();
  state.coding = http::preferred_coding(request.header("Accept-Encoding"));
  const Result<std::string_view> body = plain_body(request, state);
  if (!body) return forward(body);
  if (state.dress != Dress::infer) return read_generate(*body, state.served->description(), state);
  const Result<std::optional<size_t>> json = json_length(request, body->size());
  if (!json) return forward(json);
  const inference::Description& model = state.served->description();
  if (*json && **json == 0) return read_raw_request(as_bytes(*body), model, state);
  const std::string_view text = body->substr(0, json->value_or(body->size()));
  const bool regions = may_use_regions(regions_, request.peer);
  return read_request(
      {text, as_bytes(body->substr(text.size())), model.name, regions ? &shared_memory_ : nullptr}, state);
}

http::Response Infer::handle(const http::Request& request, Dress dress) const {
  InferState& state = pool_->borrow();
  state.dress = dress;
  state.times.received = std::chrono::steady_clock::now();
  if (Status ready = read(request, state); !ready) {
    state.drop();
    return error_answer(ready.error());
  }
  state.ticket = trace_.take_ticket(state.served->description().name);
  state.trace = &trace_;
  state.served->start(state);
  return state.response();
}

}  // namespace oree::oip
