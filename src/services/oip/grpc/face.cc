#include "services/oip/grpc/face.h"

#include "services/oip/grpc/infer.h"
#include "services/oip/grpc/protobuf.h"

namespace oree::oip {
namespace {

using protobuf::Writer;

// Everything that the mounted methods share.
struct Face {
  explicit Face(GrpcParts given) : parts(std::move(given)), infer(parts.service) {}
  GrpcParts parts;
  UnaryInfer infer;
};

}  // namespace

void mount_grpc(grpc::Methods& methods, GrpcParts parts) {
  const auto face = std::make_shared<Face>(std::move(parts));
  const std::string service = "/inference.GRPCInferenceService/";
  methods.add_unary(service + "ServerLive", [](grpc::Rpc& rpc) {
    Writer(rpc.reply()).boolean(1, true);
    rpc.finish();
  });
  methods.add_unary(service + "ServerReady", [face](grpc::Rpc& rpc) {
    Writer(rpc.reply()).boolean(1, face->parts.service.ready());
    rpc.finish();
  });
  methods.add_unary(service + "ModelInfer", [face](grpc::Rpc& rpc) { face->infer.answer(rpc); });
}

}  // namespace oree::oip
