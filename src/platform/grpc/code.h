// gRPC's status codes, and which of them an Error of ours becomes.
// https://grpc.io/docs/guides/status-codes/
#pragma once

#include <string>

#include "base/error.h"

namespace oree::grpc {

enum class Code : int {
  ok = 0,
  cancelled = 1,
  unknown = 2,
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  already_exists = 6,
  permission_denied = 7,
  resource_exhausted = 8,
  failed_precondition = 9,
  aborted = 10,
  out_of_range = 11,
  unimplemented = 12,
  internal = 13,
  unavailable = 14,
  data_loss = 15,
  unauthenticated = 16,
};

inline Code code_of(ErrorKind kind) {
  return static_cast<Code>(facts(kind).grpc_code);
}

// Why a call ends without an answer, as the client hears it.
struct Refusal {
  Code code = Code::unknown;
  std::string what;
};

}  // namespace oree::grpc
