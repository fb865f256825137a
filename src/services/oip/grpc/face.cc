#include "services/oip/grpc/face.h"

#include "base/text.h"
#include "services/oip/grpc/control.h"
#include "services/oip/grpc/health.h"
#include "services/oip/grpc/infer.h"
#include "services/oip/grpc/status.h"

namespace oree::oip {
namespace {

// Everything that the mounted methods share.
struct Face {
  explicit Face(GrpcParts given)
      : parts(std::move(given)), control(parts), start(parts, desk), infer(start) {}
  GrpcParts parts;
  Control control;
  Desk desk;
  InferStart start;
  UnaryInfer infer;

  Status ask(const Control::Row& row, grpc::Rpc& rpc, inference::Wait wait, bool regions) {
    protobuf::Writer reply(rpc.reply());
    return (control.*row.handle)({rpc.message(), reply, wait, regions});
  }

  static void end(grpc::Rpc& rpc, const Status& status) {
    status ? rpc.finish() : refuse(rpc, status.error());
  }

  void answer(const Control::Row& row, grpc::Rpc& rpc) {
    const bool regions = start.may_use_regions(rpc);
    if (row.quick) {
      const Status status = ask(row, rpc, inference::Wait::no, regions);
      if (status || status.error().kind != ErrorKind::busy) return end(rpc, status);
      rpc.forget_reply();
    }
    const bool taken = desk.hand_over(
        [this, &row, &rpc, regions] { end(rpc, ask(row, rpc, inference::Wait::yes, regions)); });
    if (!taken) end(rpc, fail(ErrorKind::busy, "too many requests wait already"));
  }
};

}  // namespace

void mount_grpc(grpc::Methods& methods, GrpcParts parts) {
  const auto face = std::make_shared<Face>(std::move(parts));
  const std::string service = "/inference.GRPCInferenceService/";
  methods.add_unary(service + "ModelInfer", [face](grpc::Rpc& rpc) { face->infer.answer(rpc); });
  methods.add_streaming(service + "ModelStreamInfer",
                        [face](grpc::Rpc& rpc) { return open_stream(rpc, face->start); });
  for (const Control::Row& row : Control::table()) {
    methods.add_unary(cat(service, row.name), [face, &row](grpc::Rpc& rpc) { face->answer(row, rpc); });
  }
  mount_health(methods, face->parts.service);
}

}  // namespace oree::oip
