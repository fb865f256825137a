// The gRPC face of the Open Inference Protocol: GRPCInferenceService and grpc.health.v1.Health.
//
//   grpc::Methods methods;
//   oip::mount_grpc(methods, {.service = service});
//   auto server = grpc::Server::start(options, std::move(methods), log);
//
// What is mounted borrows the parts, which must outlive the server. Quick models run on the server's I/O
// thread; what may wait (loading) runs on threads of the face's own.
#pragma once

#include <string>
#include <vector>

#include "core/inference/service/service.h"
#include "platform/grpc/server.h"

namespace oree::oip {

struct GrpcParts {
  inference::Service& service;
  std::string server_name = "oree";
  std::string server_version = "0";
  std::vector<std::string> extensions = {};
};

void mount_grpc(grpc::Methods& methods, GrpcParts parts);

}  // namespace oree::oip
