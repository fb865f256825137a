// The gRPC face of the Open Inference Protocol: inference.GRPCInferenceService with Triton's additions, and
// grpc.health.v1.Health.
//
//   oip::Oip rest(service, {…});
//   grpc::Methods methods;
//   oip::mount_grpc(methods, {.service = service, .shared_memory = &rest.shared_memory(),
//                             .trace = &rest.trace(), .name = "oree"});
//   auto server = grpc::Server::start(options, std::move(methods), log);
//
// What is mounted borrows the parts, which must outlive the server. Quick models run on the server's I/O
// thread; what may wait (loading) runs on threads of the face's own.
#pragma once

#include <string>

#include "core/inference/service/service.h"
#include "platform/grpc/server.h"
#include "services/oip/infer.h"
#include "services/oip/log_switch.h"
#include "services/oip/shared_memory.h"
#include "services/oip/trace.h"

namespace oree::oip {

struct GrpcParts {
  inference::Service& service;
  SharedMemory* shared_memory = nullptr;  // null: nobody may use any
  RegionsFor regions = RegionsFor::this_machine;
  Trace* trace = nullptr;    // null: nothing can be traced
  LogSwitch* log = nullptr;  // null: the log cannot be switched
  std::string name = "oree";
  std::string version = "0";
};

void mount_grpc(grpc::Methods& methods, GrpcParts parts);

}  // namespace oree::oip
