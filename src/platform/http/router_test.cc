#include "platform/http/router.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using namespace oree::http;

namespace {

Route route(std::string method, std::string pattern) {
  Route made;
  made.summary = method + " " + pattern;
  made.method = std::move(method);
  made.pattern = std::move(pattern);
  made.handler = [](const Request&) { return text(200, ""); };
  return made;
}

Router router_of(std::initializer_list<std::pair<const char*, const char*>> routes) {
  Router router;
  for (const auto& [method, pattern] : routes) router.add(route(method, pattern));
  return router;
}

std::string matched(const Router& router, std::string_view method, std::string_view path) {
  const auto match = router.match(method, path);
  if (!match.route) return match.path_known ? "405" : "404";
  std::string out = match.route->pattern;
  for (const auto& [name, value] : match.captures) out += " " + name + "=" + value;
  return out;
}

// Whether the call ends the process by abort(), in a child so that the test survives.
template <class Call>
bool aborts(Call call) {
  const pid_t child = fork();
  if (child == 0) {
    if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(1);
    std::signal(SIGABRT, SIG_DFL);
    call();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

}  // namespace

TEST_CASE("CapturesSegmentsByTheirNames") {
  const Router router = router_of({{"GET", "/api/items/{id}/binaries/{camera}"}, {"GET", "/"}});
  CHECK(matched(router, "GET", "/api/items/7/binaries/top") ==
        "/api/items/{id}/binaries/{camera} id=7 camera=top");
  CHECK(matched(router, "GET", "/api/items//binaries/top") == "404");
  CHECK(matched(router, "GET", "/api/items/7/binaries") == "404");
  CHECK(matched(router, "GET", "/api/items/7/binaries/top/") == "404");
  CHECK(matched(router, "GET", "/") == "/");
  CHECK(matched(router, "GET", "") == "404");
  CHECK(matched(router, "GET", "x") == "404");
}

TEST_CASE("NamesBelongToTheRouteNotToThePlace") {
  const Router router = router_of({{"GET", "/items/{id}"}, {"POST", "/items/{name}/labels"}});
  CHECK(matched(router, "GET", "/items/a") == "/items/{id} id=a");
  CHECK(matched(router, "POST", "/items/a/labels") == "/items/{name}/labels name=a");
}

TEST_CASE("FixedSegmentsWinOverCapturesAndCapturesOverTheRest") {
  const Router router = router_of({{"GET", "/v/{rest...}"}, {"GET", "/v/{id}"}, {"GET", "/v/latest"}});
  CHECK(matched(router, "GET", "/v/latest") == "/v/latest");
  CHECK(matched(router, "GET", "/v/7") == "/v/{id} id=7");
  CHECK(matched(router, "GET", "/v/7/a/b") == "/v/{rest...} rest=7/a/b");
  CHECK(matched(router, "GET", "/v/") == "/v/{rest...} rest=");
  CHECK(matched(router, "GET", "/v") == "404");
}

TEST_CASE("ComesBackFromABranchThatLeadsNowhere") {
  const Router router = router_of({{"GET", "/a/b/c"}, {"GET", "/a/{x}/d"}, {"GET", "/{any}/b/{y}"}});
  CHECK(matched(router, "GET", "/a/b/c") == "/a/b/c");
  CHECK(matched(router, "GET", "/a/b/d") == "/a/{x}/d x=b");
  CHECK(matched(router, "GET", "/a/b/e") == "/{any}/b/{y} any=a y=e");
}

TEST_CASE("TellsWhichMethodsThePathHas") {
  const Router router = router_of({{"GET", "/a/{id}"}, {"PUT", "/a/{id}"}, {"POST", "/a/new"}});
  const auto match = router.match("DELETE", "/a/new");
  CHECK(match.route == nullptr);
  CHECK(match.path_known);
  CHECK(match.allowed == std::vector<std::string>{"GET", "POST", "PUT"});
  CHECK_FALSE(router.match("DELETE", "/b").path_known);
  // A fixed path without the method does not hide the capture that has it.
  CHECK(matched(router, "GET", "/a/new") == "/a/{id} id=new");
}

TEST_CASE("AFallbackDoesNotAnswerForAKnownPath") {
  const Router router = router_of({{"GET", "/{rest...}"}, {"POST", "/api/items"}});
  CHECK(matched(router, "GET", "/page") == "/{rest...} rest=page");
  CHECK(matched(router, "GET", "/api/items") == "405");
  CHECK(matched(router, "POST", "/api/items") == "/api/items");
}

TEST_CASE("ARouterCanBeCopiedAndTheCopyStandsAlone") {
  auto first = std::make_unique<Router>(router_of({{"GET", "/a"}}));
  const Router copy = *first;
  first.reset();
  REQUIRE(copy.match("GET", "/a").route == &copy.routes()[0]);
}

TEST_CASE("ASecondRouteOfTheSameShapeAborts") {
  CHECK(aborts([] { router_of({{"GET", "/a/{id}"}, {"GET", "/a/{name}"}}); }));
  CHECK(aborts([] { router_of({{"GET", "/a/{id}"}, {"GET", "/a/{id}"}}); }));
  CHECK(aborts([] { router_of({{"GET", "a"}}); }));
  CHECK(aborts([] { router_of({{"GET", "/{rest...}/b"}}); }));
  CHECK_FALSE(aborts([] { router_of({{"GET", "/a/{id}"}, {"PUT", "/a/{id}"}}); }));
}
