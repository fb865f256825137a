#include "services/oip/grpc/health.h"

#include <optional>

#include "base/text.h"
#include "services/oip/grpc/protobuf.h"

namespace oree::oip {
namespace {

using protobuf::bytes_key;
using protobuf::Fields;
using protobuf::Writer;

enum class Health : uint64_t { unknown = 0, serving = 1, not_serving = 2, service_unknown = 3 };

std::optional<std::string_view> asked_service(ByteView request) {
  std::string_view service;
  Fields fields(request);
  while (fields.next()) {
    if (fields.key() == bytes_key(1)) service = fields.text();
  }
  if (fields.broken()) return std::nullopt;
  return service;
}

Health health_of(inference::Service& service, std::string_view name) {
  if (name.empty() || name == "inference.GRPCInferenceService" || name == "grpc.health.v1.Health") {
    return service.ready() ? Health::serving : Health::not_serving;
  }
  const auto found = service.find(name, "", inference::Wait::no);
  // Busy: it is loaded when it is asked.
  if (found || found.error().kind == ErrorKind::busy) return Health::serving;
  return found.error().kind == ErrorKind::not_found ? Health::service_unknown : Health::not_serving;
}

void check(grpc::Rpc& rpc, inference::Service& service) {
  const auto name = asked_service(rpc.message());
  if (!name) return rpc.finish(grpc::Code::invalid_argument, "the request is no valid HealthCheckRequest");
  const Health health = health_of(service, *name);
  if (health == Health::service_unknown) {
    return rpc.finish(grpc::Code::not_found, cat("there is no service or model '", *name, "'"));
  }
  Writer(rpc.reply()).integer(1, static_cast<uint64_t>(health));
  rpc.finish();
}

// Says how it is, and again whenever that has changed.
class Watch final : public grpc::Conversation {
 public:
  Watch(grpc::Rpc& rpc, inference::Service& service) : rpc_(rpc), service_(service) {}

  void hear(std::string message) override {
    rpc_.answered();
    const auto name = asked_service(as_bytes(message));
    if (!name || name_)
      return end(grpc::Code::invalid_argument, "a watch is asked for with one valid message");
    name_ = *name;
    now_and_then();
  }
  void now_and_then() override {
    if (!name_ || over_) return;
    const Health health = health_of(service_, *name_);
    if (said_ == health) return;
    said_ = health;
    std::string message;
    Writer(message).integer(1, static_cast<uint64_t>(health));
    rpc_.send(message);
  }
  void half_closed() override {
    if (!name_) end(grpc::Code::invalid_argument, "a watch is asked for with one valid message");
  }
  void gone() override { end(grpc::Code::cancelled, "cancelled"); }
  void stopping() override { end(grpc::Code::unavailable, "the server stops"); }

 private:
  void end(grpc::Code code, std::string_view what) {
    if (over_) return;
    over_ = true;
    rpc_.finish(code, what);
  }

  grpc::Rpc& rpc_;
  inference::Service& service_;
  std::optional<std::string> name_;
  std::optional<Health> said_;
  bool over_ = false;
};

}  // namespace

void mount_health(grpc::Methods& methods, inference::Service& service) {
  methods.add_unary("/grpc.health.v1.Health/Check", [&service](grpc::Rpc& rpc) { check(rpc, service); });
  methods.add_streaming("/grpc.health.v1.Health/Watch",
                        [&service](grpc::Rpc& rpc) { return std::make_unique<Watch>(rpc, service); });
}

}  // namespace oree::oip
