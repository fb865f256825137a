#include "platform/http/message.h"

#include <doctest/doctest.h>

#include "base/text.h"
#include "platform/http/client.h"
#include "platform/http/wire/field_syntax.h"
#include "platform/http/wire/frame_queue.h"
#include "platform/http/wire/writer.h"

using namespace oree;
using namespace oree::http;

TEST_CASE("HeadersAreFoundWhateverTheirCase") {
  Request request;
  request.headers = {{"Content-Type", "a/b"}, {"X-One", "1"}};
  CHECK(request.header("content-type") == "a/b");
  CHECK(request.header("x-two") == "");
}

TEST_CASE("PercentDecodingTakesEscapesAndLeavesWhatIsNone") {
  CHECK(percent_decode("a%20b%2Fc", false) == "a b/c");
  CHECK(percent_decode("a+b%2b", true) == "a b+");
  CHECK(percent_decode("a+b", false) == "a+b");
  CHECK(percent_decode("100%", true) == "100%");
  CHECK(percent_decode("%4", true) == "%4");
  CHECK(percent_decode("%zz%4g%41", true) == "%zz%4gA");
  CHECK(percent_decode("%00", true) == std::string(1, '\0'));
}

TEST_CASE("ParametersAreDecodedAndTheFirstOfANameCounts") {
  Request request;
  request.query = "a=1&b=x%20y+z&&c&d=&a=2&%65=six&f=1=2";
  CHECK(request.parameter("a") == "1");
  CHECK(request.parameter("b") == "x y z");
  CHECK(request.parameter("c") == "");
  CHECK(request.parameter("d") == "");
  CHECK(request.parameter("e") == "six");
  CHECK(request.parameter("f") == "1=2");
  CHECK_FALSE(request.parameter("g").has_value());
  CHECK_FALSE(request.parameter("").has_value());
}

TEST_CASE("OnlyPlainPathsPass") {
  for (const auto* path :
       {"/", "/a/b", "/a//b", "/a.b/..c/...", "/\xC3\xA9", "/\xE2\x82\xAC", "/\xF0\x9F\x98\x80"}) {
    CAPTURE(path);
    CHECK(is_plain_path(path));
  }
  for (const auto* path : {"", "a", "/a\n", "/\x7F", "/a/../b", "/..", "/.", "/a/.", "/\xC2\x85", "/\xFF",
                           "/\xC0\xAF", "/\xE0\x80\x80", "/\xED\xA0\x80", "/\xF4\x90\x80\x80", "/\xC3"}) {
    CAPTURE(path);
    CHECK_FALSE(is_plain_path(path));
  }
  CHECK_FALSE(is_plain_path(std::string_view("/a\0b", 4)));
}

TEST_CASE("AHeaderCannotBreakOutOfItsLine") {
  Response response = text(200, "x");
  const size_t before = response.headers.size();
  response.with("X", "a\r\nSet-Cookie: b")
      .with("X\r\nY", "a")
      .with("X Y", "a")
      .with("", "a")
      .with("X", "a\nb");
  CHECK(response.headers.size() == before);
  response.with("X", "a\tb");
  CHECK(response.headers.size() == before + 1);
  // Nor when it was put there by hand.
  response.headers.emplace_back("Evil", "a\r\nSet-Cookie: b");
  const std::string head = print_response(response, {}).head;
  CHECK_FALSE(head.contains("Set-Cookie"));
  CHECK(head.contains("X: a\tb\r\n"));
}

TEST_CASE("PrintsAHeadWithTheServersOwnFields") {
  Response response = json(404, "{}");
  response.with("Content-Length", "999").with("Connection", "upgrade").with("Date", "never");
  const Outgoing out = print_response(std::move(response), {.now = 784111777});
  CHECK(out.head ==
        "HTTP/1.1 404 Not Found\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: application/json\r\n"
        "Content-Length: 2\r\n\r\n");
  CHECK(out.payload() == "{}");
  CHECK_FALSE(out.close);
}

TEST_CASE("AnAnswerWithoutBodyAnnouncesNone") {
  Response response = text(204, "not sent");
  const Outgoing out = print_response(std::move(response), {.close = true});
  CHECK_FALSE(out.head.contains("Content-Length"));
  CHECK(out.head.contains("Connection: close\r\n"));
  CHECK(out.payload().empty());
  const Outgoing head = print_response(text(200, "four"), {.head_only = true});
  CHECK(head.head.contains("Content-Length: 4\r\n"));
  CHECK(head.payload().empty());
}

TEST_CASE("TheDefaultErrorPageIsJsonWhateverTheSentence") {
  CHECK(error_response(400, "a \"b\" \\ \n").body == R"({"error":"a \"b\" \\ \u000a"})");
}

TEST_CASE("EventFramesKeepLinesTogetherAndCannotBeForged") {
  CHECK(print_frame("verdict", "7", "one\ntwo\r\nthree\rfour") ==
        "id: 7\nevent: verdict\ndata: one\ndata: two\ndata: three\ndata: four\n\n");
  CHECK(print_frame("", "", "") == "data: \n\n");
  CHECK(print_frame("a\nid: 1", "", "x") == "event: aid: 1\ndata: x\n\n");
}

TEST_CASE("AFullFrameQueueLosesTheOldestAndCounts") {
  int woken = 0;
  FrameQueue queue(2, [&] { ++woken; });
  CHECK(queue.send("", "", "1"));
  CHECK(queue.send("", "", "2"));
  CHECK(queue.send("", "", "3"));
  CHECK(woken == 1);
  CHECK(queue.dropped() == 1);
  CHECK(queue.take() == "data: 2\n\ndata: 3\n\n");
  CHECK(queue.send("", "", "4"));
  CHECK(woken == 2);
  queue.close();
  CHECK_FALSE(queue.open());
  CHECK_FALSE(queue.send("", "", "5"));
  CHECK(woken == 2);
  CHECK(queue.take().empty());
}

TEST_CASE("UrlsSplitIntoHostPortAndTarget") {
  const auto url = parse_url("http://camera-1.local:8080/snap?w=640#top");
  REQUIRE(url);
  CHECK(url->host == "camera-1.local");
  CHECK(url->port == 8080);
  CHECK(url->target == "/snap?w=640");
  CHECK(parse_url("HTTP://h")->target == "/");
  CHECK(parse_url("http://h?a=1")->target == "/?a=1");
  CHECK(parse_url("http://h:/x")->port == 80);
  CHECK(parse_url("http://[::1]:81/x")->host == "::1");
  CHECK(parse_url("http://[::1]:81/x")->port == 81);
}

TEST_CASE("UrlsThatCannotBeCalledAreRefused") {
  for (const auto* text :
       {"", "h", "ftp://h/", "http:/h", "http://", "http:///x", "http://h:0/", "http://h:65536/",
        "http://h:8a/", "http://user:pw@h/", "http://h/a b", "http://h/\r\nX: y", "http://h\r\n/",
        "http://[::1/", "http://[::1]x/", "http://[zz]/", "http://h:80:80/"}) {
    CAPTURE(text);
    const auto url = parse_url(text);
    REQUIRE_FALSE(url);
    CHECK(url.error().kind == ErrorKind::invalid);
  }
  const auto secure = parse_url("https://h/x").value();
  CHECK(secure.tls);
  CHECK(secure.port == 443);
}
