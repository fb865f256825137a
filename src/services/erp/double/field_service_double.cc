#include "services/erp/double/field_service_double.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/http/server.h"
#include "services/erp/double/record_store.h"

namespace oree::erp {
namespace {

constexpr std::chrono::minutes kWindow{5};
constexpr std::string_view kRoot = "/api/data/v9.2/";

constexpr std::string_view kFaults[] = {"none",          "error_before", "error_after", "cut_after",
                                        "silence_after", "away",         "too_many",    "no_token"};

http::Response complain(const Complaint& complaint) {
  return http::json(complaint.status,
                    json::print(json::Object{
                        {"error", json::Object{{"code", complaint.code}, {"message", complaint.message}}}}));
}

http::Response complain(int status, std::string code, std::string message) {
  return complain(Complaint{status, std::move(code), std::move(message)});
}

// application/x-www-form-urlencoded
std::string form_field(std::string_view body, std::string_view name) {
  for (const std::string_view pair : split(body, '&')) {
    const size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name)
      return http::percent_decode(pair.substr(equals + 1), true);
  }
  return {};
}

std::string new_token() {
  std::array<std::byte, 32> bytes;
  crypto::random_bytes(bytes);
  return to_hex(bytes);
}

json::Value selected(const json::Value& row, const std::optional<std::string>& columns) {
  if (!columns) return row;
  json::Value out = json::Object{};
  if (const auto* etag = row.find("@odata.etag")) out.set("@odata.etag", *etag);
  for (const std::string_view column : split(*columns, ',')) {
    const json::Value* value = row.find(trim(column));
    out.set(trim(column), value == nullptr ? json::Value() : *value);
  }
  return out;
}

bool matches(const json::Value& row, const Condition& filter) {
  const json::Value* value = row.find(filter.column);
  if (value == nullptr) return false;
  if (filter.quoted) return value->text() != nullptr && *value->text() == filter.value;
  return value->integer() == parse_number<int64_t>(filter.value);
}

}  // namespace

std::optional<Fault> parse_fault(std::string_view name) {
  const auto* const found = std::ranges::find(kFaults, name);
  if (found == std::end(kFaults)) return std::nullopt;
  return static_cast<Fault>(found - std::begin(kFaults));
}

struct FieldServiceDouble::State {
  State(DoubleOptions wanted, const Clock& time)
      : options(std::move(wanted)),
        clock(time),
        store(field_service_tables(options.order_key, options.task_key),
              Known(options.known.begin(), options.known.end()), options.file) {}

  http::Response token(const http::Request& request);
  http::Response serve(const http::Request& request);
  http::Response answer(const http::Request& request);
  http::Response do_request(const http::Request& request);
  http::Response list(const Table& table, const http::Request& request);
  http::Response post(const Table& table, const Address& address, const http::Request& request);
  http::Response patch(const Table& table, const Address& address, const http::Request& request);
  http::Response written(const Table& table, const json::Value& row, const http::Request& request,
                         bool created);
  std::optional<http::Response> protect();
  bool is_authorized(const http::Request& request) const;
  http::Response with_fault(Fault fault, const http::Request& request);
  http::Response take_fault(const http::Request& request);

  const DoubleOptions options;
  const Clock& clock;
  std::string base;

  mutable std::mutex mutex;
  std::condition_variable released;
  RecordStore store;
  std::map<std::string, MonoTime, std::less<>> tokens;
  std::deque<MonoTime> window;  // when the requests of the last five minutes came
  std::deque<Fault> faults;
  size_t at_once = 0;
  size_t served = 0;
  size_t handed_out = 0;
  uint64_t releases = 0;
  bool closing = false;
  std::unique_ptr<http::Server> server;
};

http::Response FieldServiceDouble::State::token(const http::Request& request) {
  const auto deny = [](int status, std::string_view error, std::string_view why) {
    return http::json(status, json::print(json::Object{{"error", error}, {"error_description", why}}));
  };
  if (form_field(request.body, "grant_type") != "client_credentials")
    return deny(400, "unsupported_grant_type", "AADSTS70003: only client_credentials is spoken here");
  if (form_field(request.body, "client_id") != options.client_id)
    return deny(400, "unauthorized_client", "AADSTS700016: the application was not found in the directory");
  if (form_field(request.body, "client_secret") != options.secret)
    return deny(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.");
  const std::lock_guard lock(mutex);
  if (form_field(request.body, "scope") != cat(base, "/.default"))
    return deny(400, "invalid_scope", "AADSTS70011: the scope must be <url>/.default");
  const std::string fresh = new_token();
  tokens[fresh] = clock.mono() + options.token_life;
  ++handed_out;
  return http::json(200, json::print(json::Object{{"token_type", "Bearer"},
                                                  {"expires_in", options.token_life.count()},
                                                  {"access_token", fresh}}));
}

bool FieldServiceDouble::State::is_authorized(const http::Request& request) const {
  const std::string_view field = request.header("Authorization");
  if (!field.starts_with("Bearer ")) return false;
  const auto found = tokens.find(field.substr(7));
  return found != tokens.end() && clock.mono() < found->second;
}

// https://learn.microsoft.com/power-apps/developer/data-platform/api-limits
std::optional<http::Response> FieldServiceDouble::State::protect() {
  const MonoTime now = clock.mono();
  while (!window.empty() && now - window.front() >= kWindow) window.pop_front();
  if (at_once > options.most_at_once) {
    return complain(429, "0x80072326",
                    cat("Number of concurrent requests exceeded the limit of ", options.most_at_once, "."))
        .with("Retry-After", "1");
  }
  if (window.size() >= options.most_requests) {
    const auto wait = std::chrono::ceil<std::chrono::seconds>(kWindow - (now - window.front()));
    return complain(429, "0x80072322",
                    cat("Number of requests exceeded the limit of ", options.most_requests,
                        " over time window of 300 seconds."))
        .with("Retry-After", cat(wait.count()));
  }
  window.push_back(now);
  return std::nullopt;
}

http::Response FieldServiceDouble::State::serve(const http::Request& request) {
  {
    const std::lock_guard lock(mutex);
    ++served;
    ++at_once;
  }
  http::Response response = answer(request);
  if (options.watch) options.watch(request.method, request.path);
  const std::lock_guard lock(mutex);
  --at_once;
  return response;
}

http::Response FieldServiceDouble::State::answer(const http::Request& request) {
  std::unique_lock lock(mutex);
  Fault fault = Fault::none;
  if (!faults.empty()) {
    fault = faults.front();
    faults.pop_front();
  }
  if (fault == Fault::no_token) tokens.clear();
  if (!is_authorized(request)) {
    http::Response denied;
    denied.status = 401;
    return denied.with("WWW-Authenticate", cat("Bearer authorization_uri=", base, "/", options.tenant));
  }
  if (auto refused = protect()) return *std::move(refused);
  if (fault != Fault::silence_after) return with_fault(fault, request);
  http::Response late = do_request(request);
  const uint64_t before = releases;
  released.wait(lock, [&] { return closing || releases != before; });
  return late;
}

http::Response FieldServiceDouble::State::with_fault(Fault fault, const http::Request& request) {
  switch (fault) {
    case Fault::error_before:
      return complain(500, "0x80040216", "An unexpected error occurred.");
    case Fault::away:
      return complain(503, "0x8006088a", "The service is unavailable.");
    case Fault::too_many:
      return complain(429, "0x80072322",
                      "Number of requests exceeded the limit of 6000 over time window of 300 seconds.")
          .with("Retry-After", "7");
    case Fault::error_after:
      do_request(request);
      return complain(500, "0x80040216", "An unexpected error occurred.");
    case Fault::cut_after: {
      http::Response whole = do_request(request);
      whole.body.resize(whole.body.size() / 2);
      return whole;
    }
    default:
      return do_request(request);
  }
}

http::Response FieldServiceDouble::State::do_request(const http::Request& request) {
  const std::string_view path = std::string_view(request.path).substr(kRoot.size());
  const auto address = parse_address(path);
  const Table* table = address ? store.table(address->set) : nullptr;
  if (table == nullptr)
    return complain(404, "0x8006088a", cat("Resource not found for the segment '", path, "'."));
  if (request.header("OData-Version") != "4.0" && !request.body.empty())
    return complain(400, "0x80060888", "OData-Version: 4.0 is missing.");
  if (!address->key.empty() && !table->keys.contains(address->key))
    return complain(
        400, "0x80060891",
        cat("The specified key attributes are not a defined key for the ", table->name, " entity"));
  if (has_forbidden_character(address->value))
    return complain(400, "0x80060888",
                    "The value of the alternate key holds a character that is not supported.");
  if (request.method == "POST") return post(*table, *address, request);
  if (request.method == "PATCH") return patch(*table, *address, request);
  if (!address->is_record()) return list(*table, request);
  const json::Value* row = store.find(*table, *address);
  if (row == nullptr)
    return complain(404, "0x80040217",
                    cat(table->name, " With Id = ", address->id, address->value, " Does Not Exist"));
  return http::json(200, json::print(selected(*row, request.parameter("$select"))));
}

http::Response FieldServiceDouble::State::list(const Table& table, const http::Request& request) {
  std::optional<Condition> filter;
  if (const auto text = request.parameter("$filter")) {
    filter = parse_filter(*text);
    if (!filter) return complain(400, "0x80060888", cat("Syntax error in the filter '", *text, "'."));
    if (table.find(filter->column) == nullptr && filter->column != table.id)
      return complain(400, "0x80060888", cat("Could not find a property named '", filter->column, "'."));
  }
  json::Array found;
  for (const json::Value& row : store.rows(table.set)) {
    if (!filter || matches(row, *filter)) found.push_back(selected(row, request.parameter("$select")));
  }
  return http::json(200,
                    json::print(json::Object{{"@odata.context", cat(base, kRoot, "$metadata#", table.set)},
                                             {"value", std::move(found)}}));
}

http::Response FieldServiceDouble::State::written(const Table& table, const json::Value& row,
                                                  const http::Request& request, bool created) {
  const json::Value* id = row.find(table.id);
  const std::string entity = cat(base, kRoot, table.set, "(", *id->text(), ")");
  if (!request.header("Prefer").contains("return=representation")) {
    http::Response empty;
    empty.status = 204;
    return empty.with("OData-EntityId", entity);
  }
  return http::json(created ? 201 : 200, json::print(selected(row, request.parameter("$select"))))
      .with("OData-EntityId", entity)
      .with("Preference-Applied", "return=representation");
}

http::Response FieldServiceDouble::State::post(const Table& table, const Address& address,
                                               const http::Request& request) {
  const auto body = json::parse(request.body);
  if (address.is_record()) return complain(405, "0x80060888", "POST goes to a set.");
  if (!body) return complain(400, "0x80048d19", body.error().what);
  json::Value* made = nullptr;
  if (const auto wrong = store.create(table, address, *body, clock.wall(), made)) return complain(*wrong);
  return written(table, *made, request, true);
}

http::Response FieldServiceDouble::State::patch(const Table& table, const Address& address,
                                                const http::Request& request) {
  const auto body = json::parse(request.body);
  if (!address.is_record()) return complain(405, "0x80060888", "PATCH goes to a record.");
  if (!body) return complain(400, "0x80048d19", body.error().what);
  json::Value* row = store.find(table, address);
  const std::string_view if_match = request.header("If-Match"),
                         if_none_match = request.header("If-None-Match");
  if (row == nullptr && !if_match.empty())
    return complain(404, "0x80040217",
                    cat(table.name, " With Id = ", address.id, address.value, " Does Not Exist"));
  if (row == nullptr) {
    if (const auto wrong = store.create(table, address, *body, clock.wall(), row)) return complain(*wrong);
    return written(table, *row, request, true);
  }
  if (if_none_match == "*")
    return complain(412, "0x80040237", "A record with matching key values already exists.");
  const json::Value* etag = row->find("@odata.etag");
  if (!if_match.empty() && if_match != "*" && (etag == nullptr || *etag->text() != if_match))
    return complain(412, "0x80060882",
                    "The version of the existing record doesn't match the RowVersion property provided.");
  if (const auto wrong = store.update(table, *row, *body, clock.wall())) return complain(*wrong);
  return written(table, *row, request, false);
}

http::Response FieldServiceDouble::State::take_fault(const http::Request& request) {
  const auto body = json::parse(request.body);
  const auto* name = body ? body->find("fault") : nullptr;
  const auto fault = name != nullptr && name->text() != nullptr ? parse_fault(*name->text()) : std::nullopt;
  if (!fault) return http::text(400, "there is no such fault\n");
  const std::lock_guard lock(mutex);
  faults.push_back(*fault);
  return http::text(200, "the next request meets it\n");
}

FieldServiceDouble::FieldServiceDouble(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<FieldServiceDouble>> FieldServiceDouble::start(DoubleOptions options,
                                                                      const Clock& clock, Log& log) {
  const uint16_t port = options.port;
  auto state = std::make_unique<State>(std::move(options), clock);
  if (auto loaded = state->store.load(); !loaded) return forward(loaded);
  State* self = state.get();
  http::Router router;
  router.add({"POST", "/{tenant}/oauth2/v2.0/token", "field-service", "A token by client credentials.",
              [self](const http::Request& request) { return self->token(request); }});
  router.add({"POST", "/stand-in/faults", "stand-in", "The next request meets this fault.",
              [self](const http::Request& request) { return self->take_fault(request); }});
  for (const char* method : {"GET", "POST", "PATCH"}) {
    router.add({method, cat(kRoot, "{rest...}"), "field-service", "Records of Field Service.",
                [self](const http::Request& request) { return self->serve(request); }});
  }
  auto server = http::Server::start({.port = port, .workers = 4, .max_body_bytes = 8 << 20}, router, log);
  if (!server) return forward(server);
  state->server = *std::move(server);
  {
    const std::lock_guard lock(state->mutex);
    state->base = cat("http://127.0.0.1:", state->server->port());
  }
  return std::unique_ptr<FieldServiceDouble>(new FieldServiceDouble(std::move(state)));
}

FieldServiceDouble::~FieldServiceDouble() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->closing = true;
  }
  state_->released.notify_all();
  state_->server->stop();
}

std::string FieldServiceDouble::url() const {
  return state_->base;
}

std::string FieldServiceDouble::token_url() const {
  return cat(state_->base, "/", state_->options.tenant, "/oauth2/v2.0/token");
}

void FieldServiceDouble::order_fault(Fault fault) {
  const std::lock_guard lock(state_->mutex);
  state_->faults.push_back(fault);
}

void FieldServiceDouble::release() {
  {
    const std::lock_guard lock(state_->mutex);
    ++state_->releases;
  }
  state_->released.notify_all();
}

std::vector<json::Value> FieldServiceDouble::records(std::string_view set) const {
  const std::lock_guard lock(state_->mutex);
  return state_->store.rows(set);
}

Status FieldServiceDouble::set_status(std::string_view number, int64_t status) {
  const std::lock_guard lock(state_->mutex);
  const Table* table = state_->store.table("msdyn_workorders");
  json::Value* row =
      state_->store.find(*table, {.set = "", .id = "", .key = "msdyn_name", .value = std::string(number)});
  if (row == nullptr) return fail(ErrorKind::not_found, cat("there is no work order ", number));
  const auto wrong =
      state_->store.update(*table, *row, json::Object{{"msdyn_systemstatus", status}}, state_->clock.wall());
  if (wrong) return fail(ErrorKind::invalid, wrong->message);
  return {};
}

size_t FieldServiceDouble::requests() const {
  const std::lock_guard lock(state_->mutex);
  return state_->served;
}

size_t FieldServiceDouble::tokens() const {
  const std::lock_guard lock(state_->mutex);
  return state_->handed_out;
}

std::vector<std::string> DoubleRecords::all() const {
  return {cat("/accounts(", account, ")"),           cat("/msdyn_workordertypes(", work_order_type, ")"),
          cat("/pricelevels(", price_list, ")"),     cat("/msdyn_priorities(", urgent, ")"),
          cat("/msdyn_customerassets(", asset, ")"), cat("/msdyn_servicetasktypes(", task_type, ")")};
}

}  // namespace oree::erp
