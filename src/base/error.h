// What can go wrong, as a value: a kind that machines act on and a sentence that people read.
//
// The kind alone decides HTTP status, gRPC code, exit code and whether to retry; one table in error.cc owns
// those facts. `what` names the file, the value and the fix. Errors are copied freely; no threads, no I/O.
#pragma once

#include <string>
#include <string_view>

namespace oree {

enum class ErrorKind {
  invalid,      // the input is wrong; the same input will fail again
  not_found,    // the named thing is not here
  conflict,     // it exists already, or in another state
  denied,       // not allowed
  timeout,      // a deadline passed
  busy,         // a queue is full; try again soon
  unavailable,  // a needed part is not there now
  full,         // no room on disk
  corrupt,      // stored data does not match its checksum or format
  unsupported,  // understood, but not spoken here
  bug,          // our own fault
};

struct Error {
  ErrorKind kind;
  std::string what;
};

struct ErrorFacts {
  ErrorKind kind;
  std::string_view name;  // as written in logs, metrics and JSON
  int http_status;
  int grpc_code;
  int exit_code;
  bool retry;  // whether the same call may succeed later
};

const ErrorFacts& facts(ErrorKind kind);

}  // namespace oree
