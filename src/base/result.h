// Result<T>: a value or an Error. Every call that can fail returns one; nothing throws across a room's door.
//
//   Result<Image> image = decode(bytes, limits);
//   if (!image) return forward(image);
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "base/error.h"

namespace oree {

template <class T>
using Result = std::expected<T, Error>;
using Status = std::expected<void, Error>;

inline std::unexpected<Error> fail(ErrorKind kind, std::string what) {
  return std::unexpected(Error{kind, std::move(what)});
}

// Hands a failure on to the caller, whatever the value type was.
template <class T>
std::unexpected<Error> forward(const std::expected<T, Error>& failed) {
  return std::unexpected(failed.error());
}

// The same failure with the place it happened in front: "station.yaml:4:3: …".
template <class T>
std::unexpected<Error> forward(const std::expected<T, Error>& failed, std::string_view where) {
  std::string what(where);
  what += ": ";
  what += failed.error().what;
  return std::unexpected(Error{failed.error().kind, std::move(what)});
}

}  // namespace oree
