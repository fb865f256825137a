#include "services/routes/route.h"

#include <doctest/doctest.h>

#include "base/text.h"
#include "services/routes/from_mqtt.h"
#include "services/routes/route_table.h"

namespace oree::routes {
namespace {

RoutedMessage sample() {
  return {
      "/messages/modules/Press/outputs/alarm",
      {{"level", "3"},
       {"name", "a b"},
       {"empty", ""},
       {"level", "4"},
       {"$own", "app"},
       {"$body.t", "shadow"}},
      {{"contentType", "application/json"},
       {"contentEncoding", "utf-8"},
       {"connectionDeviceId", "dev-1"},
       {"own", "system"}},
      R"({"t": 20.5, "on": true, "text": "hé", "nothing": null, "deep": {"list": [1, {"x": "y"}]}, "n": -3})"};
}

Truth truth(std::string_view condition, const RoutedMessage& message = sample(),
            EvaluateOptions options = {}) {
  const auto route = parse_route(cat("FROM /* WHERE ", condition, " INTO $upstream"));
  if (!route) FAIL(cat(condition, ": ", route.error().what));
  const Verdict verdict = evaluate(*route, message, options);
  REQUIRE(verdict.from_source);
  return verdict.condition;
}

std::string error(std::string_view text) {
  const auto route = parse_route(text);
  if (route) FAIL(cat("accepted: ", text));
  CHECK(route.error().kind == ErrorKind::invalid);
  return route.error().what;
}

TEST_CASE("ConditionsAreTrue") {
  for (const std::string_view condition :
       {"level = '4'",
        "as_number(level) >= 4",
        "as_number(' 1e2 ') = 100",
        "0x1F = 31",
        ".5 + 1 = 1.5",
        "NOT false",
        "not (NOT true)",
        "(NOT true) = false",
        "NOT true = false",
        "-2 - -3 = 1",
        "7 % 4 = 3",
        "2 + 3 * 4 = 14",
        "'a' || 'b' = \"ab\"",
        "'a' < 'b'",
        "'Z' < 'a'",
        "'\\u00e9' = 'é'",
        "'it\\'s' = \"it's\"",
        "1 != 2",
        "1 <> 2",
        "null = null",
        "true = (1 = 1)",
        "undefined ?? true",
        "missing ?? level = '4'",
        "(false ?? true) = false",
        "$own = 'app'",
        "{$own} = 'system'",
        "$connectionDeviceId = 'dev-1'",

        "$body.on",
        "($body.t ?? 0) = 'shadow'",
        "$body.deep.list[1].x = 'y'",
        "$body.n < 0",
        "is_null($body.nothing)",
        "length($body.text) = 2",
        "upper(name) = 'A B'",
        "LOWER('ÀB') = 'Àb'",
        "substring('hello', 1, 3) = 'ell'",
        "substring('hello', 5) = ''",
        "index_of('hello', 'l') = 2",
        "index_of('a', 'z') = -1",
        "starts_with(name, 'a')",
        "ends_with(name, 'b')",
        "contains(name, ' ')",
        "concat('a','b','c') = 'abc'",
        "abs(-1) + square(3) + sqrt(16) + power(2, 3) + ceiling(0.1) + floor(0.9) + sign(-7) + exp(0) = 23",
        "is_defined(level) AND NOT is_defined(missing)",
        "is_string(level) AND is_number(1) AND is_bool(true)",
        "/* a note */ true",
        "missing = 'x' OR true",
        "empty = ''",
        "1 / 0 > 1000000"}) {
    CAPTURE(condition);
    CHECK(truth(condition) == Truth::yes);
  }
}

TEST_CASE("ConditionsAreFalse") {
  for (const std::string_view condition :
       {"false", "level = '3'", "undefined AND false", "false AND missing", "NOT true", "null != null",
        "starts_with(name, 'b')", "is_defined(undefined)", "$body.on = false", "1 = 2 OR 2 = 3",
        "is_null(missing)"}) {
    CAPTURE(condition);
    CHECK(truth(condition) == Truth::no);
  }
}

TEST_CASE("WhatIsMissingOrOfAnotherTypeIsUndefined") {
  for (const std::string_view condition : {"missing",
                                           "level",
                                           "level = 4",
                                           "NOT missing",
                                           "missing = missing",
                                           "undefined OR false",
                                           "true AND missing",
                                           "1 + 'a' = 1",
                                           "'a' + 'b' = 'ab'",
                                           "true < false",
                                           "null = 'x'",
                                           "$body.deep",
                                           "$body.deep.list",
                                           "$body.deep.list[9] = 1",
                                           "$body.on.x = 1",
                                           "substring('abc', 4) = ''",
                                           "substring('abc', 1, 3) = ''",
                                           "as_number('12a') = 12",
                                           "as_number('') = 0",
                                           "length(3) = 1",
                                           "abs('1') = 1",
                                           "-level = 4",
                                           "concat('a', 1) = 'a1'",
                                           "twin_change_includes(properties.x)",
                                           "5",
                                           "NOT 0 = 1"}) {
    CAPTURE(condition);
    CHECK(truth(condition) == Truth::undefined);
  }
}

TEST_CASE("TheBodyIsLookedIntoOnlyWhenTheMessageSaysWhatItIs") {
  RoutedMessage message{"/messages", {}, {}, R"({"t": 5})"};
  const auto route = *parse_route("FROM /messages WHERE $body.t = 5 INTO $upstream");
  CHECK(evaluate(route, message).condition == Truth::undefined);
  CHECK(evaluate(route, message).body_not_declared);
  CHECK(evaluate(route, message, {.sniff_json = true}).routes());
  message.system = {{"contentType", "application/json"}};
  CHECK(evaluate(route, message).body_not_declared);
  message.system.emplace_back("contentEncoding", "UTF-8");
  CHECK(evaluate(route, message).routes());
  CHECK_FALSE(evaluate(route, message).body_not_declared);
  message.system.back().second = "utf-16";
  CHECK_FALSE(evaluate(route, message).routes());
  message.body = std::string("{\0\"\0t\0\"\0:\0005\0}\0", 14);
  CHECK(evaluate(route, message).routes());
  message.system.back().second = "utf-32";
  message.body = std::string("\0\0\xFE\xFF\0\0\0{\0\0\0\"\0\0\0t\0\0\0\"\0\0\0:\0\0\0005\0\0\0}", 32);
  CHECK(evaluate(route, message).routes());
  message.body = "not json";
  CHECK(evaluate(route, message, {.sniff_json = true}).condition == Truth::undefined);
}

TEST_CASE("SourcesMatchByWholePartsInAnyCase") {
  const auto matches = [](std::string_view from, std::string_view source) {
    const auto route = parse_route(cat("from ", from, " into $UpStream"));
    REQUIRE(route);
    return evaluate(*route, {std::string(source), {}, {}, {}}).routes();
  };
  CHECK(matches("/*", "/messages"));
  CHECK(matches("/*", "/twinChangeNotifications"));
  CHECK(matches("/messages", "/messages/modules/m"));
  CHECK(matches("/messages/*", "/messages"));
  CHECK(matches("/messages/modules/m", "/messages/modules/M/outputs/o"));
  CHECK(matches("/messages/modules/m/*", "/messages/modules/m"));
  CHECK(matches("/messages/modules/m/outputs/*", "/messages/modules/m/outputs/o"));
  CHECK_FALSE(matches("/messages/modules/m", "/messages/modules/mm"));
  CHECK_FALSE(matches("/messages/modules/m/outputs/o", "/messages/modules/m"));
}

TEST_CASE("ErrorsNameThePlace") {
  CHECK(error("FROM /messages INTO upstream").find("line 1, column 21: expected $upstream") == 0);
  CHECK(error("FROM /messages\nWHERE a == 1 INTO $upstream").find("line 2, column 10: expected a value") ==
        0);
  CHECK(error("SELECT a FROM /* INTO $upstream").find("column 8: expected '*'") != std::string::npos);
  CHECK(error("FROM /* WHERE lenght(a) = 1 INTO $upstream").find("did you mean 'length'?") !=
        std::string::npos);
  CHECK(error("FROM /* WHERE length(a, b) = 1 INTO $upstream").find("takes 1 arguments, not 2") !=
        std::string::npos);
  CHECK(error("FROM messages INTO $upstream").find("expected a source") != std::string::npos);
  CHECK(error("FROM /a//b INTO $upstream").find("neither a name nor *") != std::string::npos);
  CHECK(error("FROM /* WHERE 'abc INTO $upstream").find("column 15: this text has no closing quote") !=
        std::string::npos);
  CHECK(error("FROM /* WHERE '\\n' = a INTO $upstream").find("backslash") != std::string::npos);
  CHECK(error("FROM /* INTO BrokeredEndpoint(\"/modules/x\")").find("/modules/NAME/inputs/NAME") !=
        std::string::npos);
  CHECK(error("FROM /* INTO $upstream true").find("expected the end of the route") != std::string::npos);
  CHECK(error("FROM /* WHERE 12ab = 1 INTO $upstream").find("not well formed") != std::string::npos);
  CHECK(error("FROM /* WHERE a /* no end INTO $upstream").find("comment") != std::string::npos);
  CHECK(error("").find("expected FROM, found the end") != std::string::npos);
  std::string deep = "FROM /* WHERE ";
  for (int i = 0; i < 200; ++i) deep += "(";
  CHECK(error(deep).find("levels") != std::string::npos);
  std::string wide = "FROM /* WHERE a";
  for (int i = 0; i < 2100; ++i) wide += "+a";
  CHECK(error(wide + " INTO $upstream").find("operands") != std::string::npos);
}

TEST_CASE("SinksArePrintedAsTheyAreRead") {
  for (const std::string_view sink :
       {"$upstream", "BrokeredEndpoint(\"/modules/m/inputs/i\")", "Topic(\"a/b\")", "Table(\"t\")"}) {
    const auto route = parse_route(cat("SELECT * FROM /* INTO ", sink));
    REQUIRE(route);
    CHECK(route->sink.text() == sink);
  }
}

TEST_CASE("SeveralRoutesToOneSinkGiveOneCopyWithTheMostUrgentPriority") {
  const RouteText texts[] = {
      {"slow", "FROM /* INTO $upstream", 9, std::chrono::seconds(-1)},
      {"fast", "FROM /* WHERE level = '4' INTO $upstream", 0, std::chrono::seconds(60)},
      {"table", "FROM /* WHERE level = '4' INTO Table(\"t\")"},
      {"never", "FROM /* WHERE level = '5' INTO Topic(\"x\")"}};
  const auto table = RouteTable::parse(texts);
  REQUIRE(table);
  const auto all = table->dispatch(sample());
  REQUIRE(all.deliveries.size() == 2);
  CHECK(all.deliveries[0].priority == 0);
  CHECK(all.deliveries[0].ttl == std::chrono::seconds(60));
  CHECK(all.deliveries[1].priority == kDefaultPriority);
  CHECK(all.deliveries[1].ttl == kDefaultTtl);
  CHECK(table->queues().size() == 4);
  CHECK(RouteTable::parse({})->dispatch(sample()).deliveries.empty());
  const RouteText bad[] = {texts[0], {"broken", "FROM /* INTO"}};
  const auto rejected = RouteTable::parse(bad);
  REQUIRE_FALSE(rejected);
  CHECK(rejected.error().what.starts_with("Error parsing route broken - line 1, column 13: "));
}

TEST_CASE("TwinChangesAreAskedForAPath") {
  RoutedMessage message{"/twinChangeNotifications", {}, {}, R"({"properties":{"reported":{"level":1}}})"};
  CHECK(truth("twin_change_includes(properties.reported.level)", message) == Truth::yes);
  CHECK(truth("twin_change_includes('properties.reported')", message) == Truth::yes);
  CHECK(truth("twin_change_includes(tags)", message) == Truth::no);
}

TEST_CASE("MqttTopicsGiveSourceAndProperties") {
  mqtt::Message message;
  message.topic = "devices/dev1/messages/events/a=1&b%20c=x%26y&$.ct=application%2Fjson&$.ce=utf-8&$.mid=m1";
  message.payload = {std::byte{'{'}, std::byte{'}'}};
  const RoutedMessage leaf = routed(message);
  CHECK(leaf.source == "/messages");
  CHECK(leaf.properties == Properties{{"a", "1"}, {"b c", "x&y"}});
  CHECK(truth("$messageId = 'm1' AND $contentType = 'application/json' AND $connectionDeviceId = 'dev1'",
              leaf) == Truth::yes);
  message.topic = "devices/dev1/modules/press/messages/events/$.on=alarm";
  CHECK(routed(message).source == "/messages/modules/press/outputs/alarm");
  message.topic = "devices/dev1/modules/press/messages/events";
  CHECK(routed(message).source == "/messages/modules/press");
  CHECK(truth("{$connectionModuleId} = 'press'", routed(message)) == Truth::yes);
  message.topic = "line/1";
  message.sender = "client-7";
  message.content_type = "application/json";
  message.payload_is_utf8 = true;
  message.user_properties = {{"k", "v"}};
  const RoutedMessage plain = routed(message);
  CHECK(plain.source == "/messages/topics/line/1");
  CHECK(
      truth(
          "k = 'v' AND $connectionDeviceId = 'client-7' AND $topic = 'line/1' AND $contentEncoding = 'utf-8'",
          plain) == Truth::yes);
}

}  // namespace
}  // namespace oree::routes
