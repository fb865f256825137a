#include "base/error.h"

#include <array>

namespace oree {
namespace {

constexpr std::array kFacts{
    ErrorFacts{ErrorKind::invalid, "invalid", 400, 3, 2, false},
    ErrorFacts{ErrorKind::not_found, "not_found", 404, 5, 3, false},
    ErrorFacts{ErrorKind::conflict, "conflict", 409, 6, 4, false},
    ErrorFacts{ErrorKind::denied, "denied", 403, 7, 5, false},
    ErrorFacts{ErrorKind::timeout, "timeout", 504, 4, 6, true},
    ErrorFacts{ErrorKind::busy, "busy", 503, 14, 7, true},
    ErrorFacts{ErrorKind::unavailable, "unavailable", 503, 14, 8, true},
    ErrorFacts{ErrorKind::full, "full", 507, 8, 9, true},
    ErrorFacts{ErrorKind::corrupt, "corrupt", 500, 15, 10, false},
    ErrorFacts{ErrorKind::unsupported, "unsupported", 501, 12, 11, false},
    ErrorFacts{ErrorKind::bug, "bug", 500, 13, 70, false},
};

}  // namespace

const ErrorFacts& facts(ErrorKind kind) {
  for (const auto& row : kFacts) {
    if (row.kind == kind) return row;
  }
  return kFacts.back();
}

}  // namespace oree
