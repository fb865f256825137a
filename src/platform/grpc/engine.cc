#include "platform/grpc/engine.h"

#include "platform/grpc/connection.h"

namespace oree::grpc {

Engine::Engine(const ServerOptions& chosen, Methods table, Log& sink)
    : options(chosen), methods(std::move(table)), log(sink) {
  nghttp2_session_callbacks_new(&callbacks);
  Connection::set_callbacks(callbacks);
  nghttp2_option_new(&option);
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_no_closed_streams(option, 1);  // nothing here needs what RFC 7540's priorities do
}

Engine::~Engine() {
  nghttp2_session_callbacks_del(callbacks);
  nghttp2_option_del(option);
}

}  // namespace oree::grpc
