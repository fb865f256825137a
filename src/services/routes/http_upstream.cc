#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/json/value.h"
#include "services/routes/upstream.h"

namespace oree::routes {
namespace {

bool is_for_good(int status) {
  return status == 400 || status == 413 || status == 415 || status == 422;
}

Result<json::Value> print_one(const Outgoing& outgoing) {
  const auto message = mqtt::parse_message(outgoing.message);
  if (!message) return forward(message);
  json::Value one;
  one.set("id", outgoing.id);
  one.set("topic", message->topic);
  one.set("time", iso_text(message->received));
  if (!message->sender.empty()) one.set("sender", message->sender);
  if (!message->content_type.empty()) one.set("contentType", message->content_type);
  if (!message->user_properties.empty()) {
    json::Object properties;
    for (const auto& [key, value] : message->user_properties) properties.emplace_back(key, value);
    one.set("properties", std::move(properties));
  }
  one.set("payload", crypto::base64(message->payload));
  return one;
}

class HttpUpstream final : public Endpoint {
 public:
  explicit HttpUpstream(HttpUpstreamOptions options) : options_(std::move(options)) {
    options_.headers.emplace_back("Content-Type", "application/json");
  }

  Sent send(const Batch& batch) override {
    const Status all = post(batch.messages);
    if (all) return {batch.messages.size(), {}};
    if (all.error().kind != ErrorKind::invalid || batch.messages.size() == 1) return {0, all};
    for (size_t i = 0; i < batch.messages.size(); ++i) {
      if (auto one = post({&batch.messages[i], 1}); !one) return {i, one};
    }
    return {batch.messages.size(), {}};
  }

 private:
  Status post(std::span<const Outgoing> messages) {
    json::Array body;
    for (const Outgoing& message : messages) {
      auto one = print_one(message);
      if (!one) return fail(ErrorKind::invalid, one.error().what);
      body.push_back(std::move(*one));
    }
    const auto answer = client_.call("POST", options_.url, options_.headers, json::print(body),
                                     {.deadline = options_.deadline, .max_body_bytes = 1 << 20});
    if (!answer) return fail(ErrorKind::unavailable, answer.error().what);
    if (answer->status >= 200 && answer->status < 300) return {};
    return fail(is_for_good(answer->status) ? ErrorKind::invalid : ErrorKind::unavailable,
                cat(options_.url.host, " answered ", answer->status, ": ", answer->body.substr(0, 200)));
  }

  HttpUpstreamOptions options_;
  http::Client client_;
};

}  // namespace

std::unique_ptr<Endpoint> http_upstream(HttpUpstreamOptions options) {
  return std::make_unique<HttpUpstream>(std::move(options));
}

}  // namespace oree::routes
