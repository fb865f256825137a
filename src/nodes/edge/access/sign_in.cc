#include "nodes/edge/access/sign_in.h"

#include <algorithm>

#include "base/text.h"
#include "platform/http/ends/asker.h"
#include "platform/json/value.h"

namespace oree::edge {
namespace {

using http::Request, http::Response;

constexpr std::string_view kCookie = "oree_token";

struct Words {
  std::string_view language, title, token, send, refused, help;
};
constexpr Words kEnglish{"en",
                         "Sign in",
                         "Your token",
                         "Sign in",
                         "Nobody has this token.",
                         "Whoever looks after this station makes one: <code>oree edge token add NAME</code>"};
constexpr Words kFrench{"fr",
                        "Connexion",
                        "Votre jeton",
                        "Se connecter",
                        "Personne n’a ce jeton.",
                        "La personne qui gère ce poste en crée un : <code>oree edge token add NOM</code>"};

constexpr std::string_view kStyle =
    "body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--ground);color:var(--"
    "text);"
    "font:16px/1.5 var(--sans)}"
    "form{width:min(360px,calc(100vw - 32px));display:grid;gap:12px}"
    "h1{font-size:20px;margin:0}p{margin:0;color:var(--muted);font-size:14px}p[role]{color:var(--ko)}"
    "label{display:grid;gap:4px;font-size:14px}"
    "input{font:16px var(--mono);min-height:44px;padding:0 "
    "12px;box-sizing:border-box;width:100%;color:inherit;"
    "background:var(--surface);border:1px solid var(--edge);border-radius:var(--radius)}"
    "button{min-height:44px;border:0;border-radius:var(--radius);background:var(--accent);color:var(--on-"
    "solid);"
    "font:600 16px var(--sans);cursor:pointer}"
    ":focus-visible{outline:2px solid var(--accent);outline-offset:2px}";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// A page of this station, and nothing that leads elsewhere: browsers take '\' for '/' and leave out tabs.
bool is_own_path(std::string_view path) {
  return path.starts_with('/') && !path.starts_with("//") &&
         std::ranges::none_of(path, [](char c) { return c == '\\' || static_cast<unsigned char>(c) < ' '; });
}

Response set_cookie(Response response, std::string_view value, bool over_tls) {
  // A phone in a hall without network is not asked each morning; a token that was taken back counts no more.
  const int seconds = value.empty() ? 0 : 30 * 24 * 3600;
  response.with("Set-Cookie", cat(kCookie, "=", value, "; Max-Age=", seconds,
                                  "; Path=/; HttpOnly; SameSite=Strict", over_tls ? "; Secure" : ""));
  return response;
}

// A form's field, or JSON's member.
std::string field(const Request& request, std::string_view name) {
  if (request.header("Content-Type").starts_with("application/json")) {
    const auto body = json::parse(request.body);
    const auto* value = body ? body->find(name) : nullptr;
    return value != nullptr && value->text() != nullptr ? *value->text() : "";
  }
  Request form;
  form.query = request.body;
  return form.parameter(name).value_or("");
}

Response sign_in(const Request& request, access::PeopleFile& people, bool over_tls) {
  if (!http::is_own_origin(request)) return http::json(403, R"({"error":"another site's page asks"})");
  const std::string token(trim(field(request, "token"))), next = field(request, "next");
  const auto person = people.find(token);
  const bool is_form = !request.header("Content-Type").starts_with("application/json");
  if (!person || !*person) {
    if (is_form) {
      Request again = request;
      again.path = is_own_path(next) ? next : "/";
      return sign_in_page(again, true);
    }
    return http::json(401, R"({"error":"nobody has this token"})");
  }
  Response response = http::json(
      200,
      json::print(json::Object{{"name", (*person)->name}, {"role", access::role_name((*person)->role)}}));
  if (is_form) {
    response = {};
    response.status = 303;
    response.with("Location", is_own_path(next) ? next : "/");
  }
  return set_cookie(std::move(response), token, over_tls);
}

}  // namespace

std::string cookie_token(const Request& request) {
  for (const std::string_view pair : split(request.header("Cookie"), ';')) {
    const auto one = trim(pair);
    if (one.starts_with(kCookie) && one.substr(kCookie.size()).starts_with('='))
      return std::string(one.substr(kCookie.size() + 1));
  }
  return "";
}

Response sign_in_page(const Request& request, bool refused) {
  const Words& words = request.header("Accept-Language").starts_with("fr") ? kFrench : kEnglish;
  Response response;
  response.status = 401;
  response.with("Content-Type", "text/html; charset=utf-8");
  response.with("Cache-Control", "no-store");
  response.with(
      "Content-Security-Policy",
      "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; form-action 'self'");
  response.with("X-Content-Type-Options", "nosniff");
  response.body = cat(
      "<!doctype html>\n<html lang=\"", words.language,
      "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\">"
      "<meta name=\"color-scheme\" content=\"light dark\"><title>",
      words.title,
      " – Orée</title><link rel=\"icon\" href=\"/assets/icon.svg\" type=\"image/svg+xml\">"
      "<script src=\"/assets/theme.js\"></script><link rel=\"stylesheet\" href=\"/assets/app.css\"><style>",
      kStyle, "</style></head><body><form method=\"post\" action=\"/api/v1/session\"><h1>Orée – ",
      words.title, "</h1>", refused ? cat("<p role=\"alert\">", words.refused, "</p>") : std::string(),
      "<input type=\"hidden\" name=\"next\" value=\"", escaped(request.path), "\"><label>", words.token,
      "<input name=\"token\" type=\"password\" autocomplete=\"current-password\" required autofocus></label>"
      "<button>",
      words.send, "</button><p>", words.help, "</p></form></body></html>\n");
  return response;
}

void mount_sign_in(http::Router& router, access::PeopleFile& people, bool over_tls) {
  router.add({"POST", "/api/v1/session", "station", "Signs a browser in: its token becomes a cookie.",
              [&people, over_tls](const Request& request) { return sign_in(request, people, over_tls); }});
  router.add({"DELETE", "/api/v1/session", "station", "Signs a browser out.", [over_tls](const Request&) {
                Response response;
                response.status = 204;
                return set_cookie(std::move(response), "", over_tls);
              }});
}

}  // namespace oree::edge
