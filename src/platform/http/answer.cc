#include "platform/http/answer.h"

#include <algorithm>
#include <exception>

#include "base/text.h"
#include "platform/http/wire/writer.h"

namespace oree::http {
namespace {

// Whatever is thrown becomes its sentence.
template <class Call>
auto guarded(Call&& call) -> Result<decltype(call())> {
  try {
    return Result<decltype(call())>(call());
  } catch (const std::exception& error) {
    return fail(ErrorKind::bug, error.what());
  } catch (...) {
    return fail(ErrorKind::bug, "something that is no std::exception");
  }
}

}  // namespace

Response answer(const Route& route, const Request& request, Log& log) {
  auto response = guarded([&] { return route.handler(request); });
  if (response) return *std::move(response);
  log.error(cat(request.method, " ", request.path, ": the handler threw: ", response.error().what));
  return error_response(500, "internal error; the log has the details");
}

void hand_over(const std::function<void(std::shared_ptr<EventStream>)>& on_stream,
               std::shared_ptr<EventStream> stream, Log& log) {
  const auto done = guarded([&] {
    on_stream(std::move(stream));
    return true;
  });
  if (!done) log.error(cat("an event stream's handler threw: ", done.error().what));
}

void hand_over(const std::function<void(std::shared_ptr<LaterAnswer>)>& on_later,
               std::shared_ptr<LaterAnswer> later, Log& log) {
  const auto done = guarded([&] {
    on_later(std::move(later));
    return true;
  });
  if (!done) log.error(cat("the handler of an answer that comes later threw: ", done.error().what));
}

Router::Match find_route(const Router& router, const Request& request, Captures spare) {
  auto match = router.match(request.method, request.path, std::move(spare));
  if (!match.route && request.method == "HEAD") match = router.match("GET", request.path);
  return match;
}

Response error_page(const ServerOptions& options, int status, std::string_view what, const Request& request,
                    Log& log) {
  if (!options.error_page) return error_response(status, what);
  auto page = guarded([&] { return options.error_page(status, what, request); });
  if (page) return *std::move(page);
  log.error(cat("the error page for ", status, " threw: ", page.error().what));
  return error_response(status, what);
}

Response no_route_page(const ServerOptions& options, Router::Match match, const Request& request, Log& log) {
  if (!match.path_known) {
    return error_page(options, 404, cat("nothing is served at ", request.path), request, log);
  }
  auto& allowed = match.allowed;
  const auto get = std::ranges::find(allowed, "GET");
  if (get != allowed.end() && std::ranges::find(allowed, "HEAD") == allowed.end()) {
    allowed.insert(get + 1, "HEAD");
  }
  const std::string list = join(allowed, ", ");
  const std::string what = cat(request.method, " is not served at ", request.path, ", only ", list);
  return error_page(options, 405, what, request, log).with("Allow", list);
}

Response busy_page(const ServerOptions& options, size_t depth, const Request& request, Log& log) {
  const std::string what = cat("busy: ", depth, " requests wait for a worker; try again in a second");
  return error_page(options, 503, what, request, log).with("Retry-After", "1");
}

}  // namespace oree::http
