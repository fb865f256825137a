#include "services/erp/mapping/rest.h"

#include "base/text.h"
#include "services/erp/answer.h"
#include "services/erp/dynamics/dataverse.h"

namespace oree::erp {
namespace {

constexpr uint64_t kMostAnswerBytes = 4 << 20;
constexpr size_t kMostNumberBytes = 200;

}  // namespace

std::optional<std::string> number_at(const json::Value& body, std::string_view pointer) {
  const json::Value* found = at_pointer(body, pointer);
  if (found == nullptr) return std::nullopt;
  std::string text;
  if (found->text() != nullptr) {
    text = *found->text();
  } else if (found->number()) {
    text = json::print(*found);
  }
  if (text.empty() || text.size() > kMostNumberBytes) return std::nullopt;
  return text;
}

Result<json::Value> Rest::values(const WorkOrder* order, std::string_view number) const {
  json::Object secrets;
  for (const Secret& secret : settings_.mapping.secrets) {
    auto text = read_secret(secret.file);
    if (!text) return fail(ErrorKind::denied, cat("secret '", secret.name, "': ", text.error().what));
    secrets.emplace_back(secret.name, *std::move(text));
  }
  return json::Object{{"order", order == nullptr ? json::Value() : work_order_json(*order)},
                      {"number", number},
                      {"secret", std::move(secrets)}};
}

Result<http::Response> Rest::send(const RequestTemplate& request, const json::Value& values) {
  const Mapping& mapping = settings_.mapping;
  const auto target = request.url.fill({values}, TextTemplate::Escape::address);
  if (!target) return forward(target);
  const auto url = http::parse_url(target->starts_with('/') ? cat(mapping.url, *target) : *target);
  if (!url) return forward(url);
  std::vector<http::Header> headers{{"Accept", "application/json"}};
  for (const auto* list : {&mapping.headers, &request.headers}) {
    for (const auto& [name, text] : *list) {
      auto value = text.fill({values}, TextTemplate::Escape::none);
      if (!value) return forward(value, name);
      headers.emplace_back(name, *std::move(value));
    }
  }
  std::string body;
  if (request.body) {
    const auto filled = request.body->fill({values});
    if (!filled) return forward(filled);
    body = json::print(*filled);
    headers.emplace_back("Content-Type", "application/json");
  }
  if (&request == &mapping.create && !mapping.idempotency_header.empty())
    headers.emplace_back(mapping.idempotency_header, *values.find("order")->find("id")->text());
  return client_.call(request.method, *url, headers, body,
                      {.deadline = settings_.deadline,
                       .max_body_bytes = kMostAnswerBytes,
                       .max_redirects = 0,
                       .ca_file = settings_.ca_file});
}

Result<Rest::Answer> Rest::call(const RequestTemplate& request, const json::Value& values) {
  pause_ = milliseconds(0);
  const auto answer = send(request, values);
  if (!answer) return forward(answer, settings_.mapping.url);
  auto judged = judge(request, *answer);
  if (!judged) pause_ = retry_after(*answer, clock_.wall());
  return judged;
}

Result<Rest::Answer> Rest::judge(const RequestTemplate& request, const http::Response& answer) {
  const Mapping& mapping = settings_.mapping;
  const Verdict verdict = mapping.status.verdict(answer.status);
  if (verdict == Verdict::exists) return Answer{verdict, {}};
  if (verdict != Verdict::done) {
    Error error = refusal(answer, mapping.url).error();
    const bool passes = facts(error.kind).retry;
    if (verdict == Verdict::again && !passes) error.kind = ErrorKind::unavailable;
    if (verdict == Verdict::refuse && (passes || mapping.status.refuses_by_name(answer.status)))
      error.kind = ErrorKind::invalid;
    return std::unexpected(std::move(error));
  }
  if (answer.body.empty() && request.at.empty()) return Answer{};
  auto body = json::parse(answer.body);
  if (!body && request.at.empty() && mapping.error_at.empty()) return Answer{};
  if (!body)
    return fail(ErrorKind::unavailable, cat(mapping.url, " answered ", answer.status, " with broken JSON"));
  const json::Value* error = mapping.error_at.empty() ? nullptr : at_pointer(*body, mapping.error_at);
  if (error == nullptr || error->is_null()) return Answer{Verdict::done, *std::move(body)};
  const json::Value* message = mapping.message_at.empty() ? nullptr : at_pointer(*body, mapping.message_at);
  const bool says = message != nullptr && message->text() != nullptr;
  return fail(ErrorKind::invalid,
              cat(mapping.url, ": ", says ? reason_in(*message->text()) : reason_in(answer.body)));
}

Result<std::optional<std::string>> Rest::look_up(const json::Value& values) {
  if (!settings_.mapping.lookup) return std::nullopt;
  const auto answer = call(*settings_.mapping.lookup, values);
  if (!answer && answer.error().kind == ErrorKind::not_found) return std::nullopt;
  if (!answer) return forward(answer, "lookup");
  return number_at(answer->body, settings_.mapping.lookup->at);
}

Result<Placed> Rest::found(std::string number, bool created, const json::Value& values) const {
  Placed placed{std::move(number), "", created};
  if (!settings_.mapping.page) return placed;
  json::Value named = values;
  named.set("number", placed.number);
  auto page = settings_.mapping.page->fill({named}, TextTemplate::Escape::address);
  if (page) placed.url = page->starts_with('/') ? cat(settings_.mapping.url, *page) : *page;
  return placed;
}

Result<Placed> Rest::place(const WorkOrder& order) {
  const auto all = values(&order, "");
  if (!all) return forward(all);
  const auto before = look_up(*all);
  if (!before) return forward(before);
  if (*before) return found(**before, false, *all);
  const auto made = call(settings_.mapping.create, *all);
  if (!made) return forward(made, "create");
  if (made->verdict == Verdict::done) {
    const auto number = number_at(made->body, settings_.mapping.create.at);
    if (number) return found(*number, true, *all);
    return fail(ErrorKind::unavailable, cat(settings_.mapping.url, " made the order and gave no number at ",
                                            settings_.mapping.create.at));
  }
  const auto after = look_up(*all);
  if (!after) return forward(after);
  if (*after) return found(**after, false, *all);
  return fail(ErrorKind::conflict,
              cat(settings_.mapping.url, " says that the order exists, and it cannot be found"));
}

Result<State> Rest::state(std::string_view number) {
  const auto& request = settings_.mapping.state;
  if (!request) return fail(ErrorKind::unsupported, cat("the mapping of ", system(), " has no 'state'"));
  const auto all = values(nullptr, number);
  if (!all) return forward(all);
  const auto answer = call(*request, *all);
  if (!answer) return forward(answer, "state");
  const auto word = number_at(answer->body, request->at);
  if (!word) return fail(ErrorKind::not_found, cat(system(), " tells no state of ", number));
  const auto known = settings_.mapping.words.find(*word);
  return State{known == settings_.mapping.words.end() ? Progress::unknown : known->second, *word};
}

Status Rest::end(const std::optional<RequestTemplate>& request, std::string_view number,
                 std::string_view what) {
  if (!request) return fail(ErrorKind::unsupported, cat("the mapping of ", system(), " has no '", what, "'"));
  const auto all = values(nullptr, number);
  if (!all) return forward(all);
  const auto answer = call(*request, *all);
  if (!answer) return forward(answer, what);
  return {};
}

Status Rest::close(std::string_view number) {
  return end(settings_.mapping.close, number, "close");
}

Status Rest::cancel(std::string_view number) {
  return end(settings_.mapping.cancel, number, "cancel");
}

}  // namespace oree::erp
