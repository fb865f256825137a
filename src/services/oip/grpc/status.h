// How this protocol's clients hear of errors over gRPC.
#pragma once

#include "platform/grpc/rpc.h"

namespace oree::oip {

// As base/error.h has it, but for a time that is over in a queue: DEADLINE_EXCEEDED would say that the
// client's own deadline has passed. https://github.com/triton-inference-server/server answers UNAVAILABLE.
inline grpc::Code grpc_code(ErrorKind kind) {
  return kind == ErrorKind::timeout ? grpc::Code::unavailable : grpc::code_of(kind);
}

inline void refuse(grpc::Rpc& rpc, const Error& error) {
  rpc.finish(grpc_code(error.kind), error.what);
}

}  // namespace oree::oip
