// From a complete request to a Response: the route's handler, or the server's own page when there is none.
// Exceptions of handlers stop here.
#pragma once

#include "base/log.h"
#include "platform/http/router.h"
#include "platform/http/server.h"

namespace oree::http {

// The handler's answer; 500 and a line in the log when it throws.
Response answer(const Route& route, const Request& request, Log& log);

// Gives the stream to who asked for it; what is thrown goes to the log.
void hand_over(const std::function<void(std::shared_ptr<EventStream>)>& on_stream,
               std::shared_ptr<EventStream> stream, Log& log);
// The same with what will be answered later.
void hand_over(const std::function<void(std::shared_ptr<LaterAnswer>)>& on_later,
               std::shared_ptr<LaterAnswer> later, Log& log);

// The route for this request, HEAD falling back to GET.
// `spare`: captures that nobody needs any more; their memory is used again.
Router::Match find_route(const Router& router, const Request& request, Captures spare);

// The page for a status that the server decides itself.
Response error_page(const ServerOptions& options, int status, std::string_view what, const Request& request,
                    Log& log);
// 404, or 405 with Allow.
Response no_route_page(const ServerOptions& options, Router::Match match, const Request& request, Log& log);
// 503 with Retry-After and how many wait.
Response busy_page(const ServerOptions& options, size_t depth, const Request& request, Log& log);

}  // namespace oree::http
