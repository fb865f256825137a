// What all loops and connections of one server share. Fixed after the start, but for the counters.
#pragma once

#include <nghttp2/nghttp2.h>

#include <atomic>
#include <memory>

#include "platform/grpc/server.h"

namespace oree::grpc {

struct Engine {
  Engine(const ServerOptions& options, Methods methods, Log& log);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  const ServerOptions options;
  const Methods methods;
  Log& log;
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_option* option = nullptr;

  std::atomic<size_t> message_memory = 0;
  std::atomic<size_t> connections = 0;
  std::atomic<uint64_t> calls = 0;
};

}  // namespace oree::grpc
