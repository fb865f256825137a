#include "nodes/edge/access/guard.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "nodes/edge/access/sign_in.h"
#include "platform/config/fields.h"
#include "platform/http/ends/asker.h"
#include "platform/json/value.h"

namespace oree::edge {
namespace {

using access::Role;
using http::Request, http::Response;

// A prefix of a route's pattern; `ending` narrows it.
struct Row {
  std::string_view word, start, ending = "";
};
bool fits(const Row& row, const http::Route& route) {
  return route.pattern.starts_with(row.start) && route.pattern.ends_with(row.ending);
}

// What may answer without a token, by the words of `open`.
constexpr std::array kOpen = {Row{"health", "/api/v1/health/"}, Row{"health", "/v2/health/"},
                              Row{"metrics", "/metrics"},
                              Row{"evidence", "/ledger/"},  // authorities fetch these two
                              Row{"evidence", "/api/v1/orders/{id}/evidence"}};

// What an operator does besides reading: parts, questions to models and tables, maintenance work.
constexpr std::array kOperators = {
    Row{"", "/api/v1/trigger"},           Row{"", "/api/v1/sql"},
    Row{"", "/api/v1/orders/operations"}, Row{"", "/api/v1/orders/photos/"},
    Row{"", "/api/v1/orders/{id}/state"}, Row{"", "/v2/models/", "/infer"},
    Row{"", "/v2/models/", "/generate"},  Row{"", "/v2/models/", "/generate_stream"},
    Row{"", "/v2/repository/index"},      Row{"", "/v1/models/"}};

Response refusal(const Request& request, const access::Denial& denial, bool is_page) {
  if (is_page && denial.status == 401 && request.method == "GET" &&
      request.header("Accept").find("text/html") != std::string_view::npos)
    return sign_in_page(request, false);
  auto response =
      http::json(denial.status, json::print(json::Object{{"error", denial.what}, {"detail", denial.what}}));
  if (denial.status == 401) response.with("WWW-Authenticate", "Bearer");
  return response;
}

std::expected<access::Person, access::Denial> who(const Request& request, access::PeopleFile& people,
                                                  Role least) {
  std::string token(http::bearer_of(request));
  // A browser sends its cookie whoever made it ask: only our own pages count.
  if (token.empty() && http::is_own_origin(request)) token = cookie_token(request);
  const auto known = people.look_up(token);
  if (!known) return std::unexpected(access::Denial{401, cat("nobody is let in: ", known.error().what)});
  return access::check(request, known->person, known->any_people, least, "oree edge token add");
}

}  // namespace

Result<AccessSetting> parse_access(const config::Node& node) {
  config::Fields fields(node, "access");
  AccessSetting setting;
  setting.open = fields.optional<std::vector<std::string>>("open", setting.open);
  for (const auto& word : setting.open) {
    if (std::ranges::find(kOpen, word, &Row::word) == kOpen.end())
      fields.mistake("open", cat("'", word, "' must be health, metrics or evidence"));
  }
  if (auto status = fields.finish(); !status) return forward(status);
  return setting;
}

std::string open_door(std::string_view address, bool asks) {
  if (asks || address == "localhost" || http::is_loopback(address)) return "";
  return cat("whoever reaches ", address,
             " may change everything on this station: station.yaml has no 'access' "
             "(docs/formats/station.md)");
}

Role least_role(const http::Route& route, const AccessSetting& setting) {
  if (route.pattern == "/assets/{rest...}") return Role::nobody;
  const auto is_open = [&](const Row& row) {
    return fits(row, route) && std::ranges::find(setting.open, row.word) != setting.open.end();
  };
  if (route.method == "GET" && std::ranges::any_of(kOpen, is_open)) return Role::nobody;
  if (route.method == "GET" || route.tag == "custom-vision") return Role::operator_;
  const bool asks = std::ranges::any_of(kOperators, [&](const Row& row) { return fits(row, route); });
  return asks ? Role::operator_ : Role::engineer;
}

http::Router guarded(const http::Router& router, const AccessSetting& setting, access::PeopleFile& people,
                     bool over_tls) {
  http::Router out;
  for (http::Route route : router.routes()) {
    const Role least = least_role(route, setting);
    if (least != Role::nobody) {
      const bool is_page = route.tag == "pages" || route.tag.empty();
      route.handler = [inner = std::move(route.handler), &people, least, is_page](const Request& request) {
        const auto person = who(request, people, least);
        return person ? inner(request) : refusal(request, person.error(), is_page);
      };
    }
    out.add(std::move(route));
  }
  mount_sign_in(out, people, over_tls);
  return out;
}

}  // namespace oree::edge
