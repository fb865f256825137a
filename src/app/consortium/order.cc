// oree order: what a station's orders say, and their evidence judged again.
#include <cstdio>

#include "app/commands.h"
#include "app/station/token.h"
#include "app/terminal.h"
#include "app/world.h"
#include "base/text.h"
#include "nodes/edge/maintenance/evidence/replay.h"
#include "platform/http/client.h"
#include "platform/json/value.h"
#include "services/orders/evidence.h"
#include "services/orders/order_store.h"

namespace oree::app {
namespace {

std::string text_of(const json::Value& value, std::string_view key) {
  const auto* found = value.find(key);
  return found != nullptr && found->text() != nullptr ? *found->text() : "";
}

// Orders and their bytes, of a running station or of the files of one that does not run.
class Source {
 public:
  virtual ~Source() = default;
  virtual Result<json::Value> list() = 0;
  virtual Result<json::Value> find(const std::string& id) = 0;
  virtual Result<ByteBuffer> bytes(const std::string& order, const std::string& digest) = 0;
};

class RunningStation final : public Source {
 public:
  explicit RunningStation(std::string url) : url_(std::move(url)) {}
  Result<json::Value> list() override {
    auto answer = get("/api/v1/orders?limit=1000");
    if (!answer) return forward(answer);
    const auto value = json::parse(*answer);
    if (!value) return forward(value);
    const auto* orders = value->find("orders");
    return orders != nullptr ? *orders : json::Value(json::Array{});
  }
  Result<json::Value> find(const std::string& id) override {
    auto answer = get(cat("/api/v1/orders/", id));
    if (!answer) return forward(answer);
    return json::parse(*answer);
  }
  Result<ByteBuffer> bytes(const std::string& order, const std::string& digest) override {
    auto answer = get(cat("/api/v1/orders/", order, "/evidence/", digest));
    if (!answer) return forward(answer);
    const auto view = as_bytes(*answer);
    return ByteBuffer(view.begin(), view.end());
  }

 private:
  Result<std::string> get(const std::string& path) {
    const auto url = http::parse_url(cat(url_, path));
    if (!url) return forward(url);
    http::CallOptions options;
    options.max_body_bytes = 256u << 20;
    const auto answer = client_.call("GET", *url, with_token(), "", options);
    if (!answer) return forward(answer);
    if (answer->status == 200) return answer->body;
    const auto body = json::parse(answer->body);
    const std::string said = body ? text_of(*body, "error") : "";
    return fail(answer->status == 404   ? ErrorKind::not_found
                : answer->status == 410 ? ErrorKind::corrupt
                                        : ErrorKind::unavailable,
                cat(url_, path, " answered ", answer->status, said.empty() ? "" : ": ", said));
  }
  const std::string url_;
  http::Client client_;
};

class StationFiles final : public Source {
 public:
  static Result<std::unique_ptr<Source>> open(const std::filesystem::path& data, World& world) {
    const auto folder = data / "maintenance";
    if (!std::filesystem::exists(folder / "orders.db"))
      return fail(ErrorKind::not_found, cat("there is no ", (folder / "orders.db").string(),
                                            "; --data names the folder that the station was given"));
    auto store = orders::OrderStore::open(folder / "orders.db", "", world.clock);
    if (!store) return forward(store);
    return std::unique_ptr<Source>(
        new StationFiles(*std::move(store), orders::EvidenceStore(world.disk, folder / "evidence")));
  }
  Result<json::Value> list() override {
    const auto found = store_->list({.states = {}, .asset = "", .since = {}, .before = "", .limit = 1000});
    if (!found) return forward(found);
    json::Array all;
    for (const auto& order : *found) all.push_back(order_json(order));
    return json::Value(std::move(all));
  }
  Result<json::Value> find(const std::string& id) override {
    const auto order = store_->find(id);
    if (!order) return forward(order);
    return order_json(*order);
  }
  Result<ByteBuffer> bytes(const std::string&, const std::string& digest) override {
    return evidence_.load(digest);
  }

 private:
  StationFiles(std::unique_ptr<orders::OrderStore> store, orders::EvidenceStore evidence)
      : store_(std::move(store)), evidence_(std::move(evidence)) {}
  std::unique_ptr<orders::OrderStore> store_;
  orders::EvidenceStore evidence_;
};

Result<std::unique_ptr<Source>> open_source(const OrderOptions& options, World& world) {
  if (!options.data.empty()) return StationFiles::open(options.data, world);
  return std::unique_ptr<Source>(new RunningStation(options.station));
}

int print_list(Source& source, bool as_json) {
  const auto list = source.list();
  if (!list) return print_error(list.error());
  if (as_json) {
    std::printf("%s\n", json::print(*list, 2).c_str());
    return 0;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& order : *list->array()) {
    const auto created = order.find("created")->integer().value_or(0);
    rows.push_back({text_of(order, "id"), text_of(order, "state"), text_of(order, "asset"),
                    text_of(order, "fault"), text_of(order, "priority"),
                    iso_text(WallTime(milliseconds(created))).substr(0, 19)});
  }
  print_table({"order", "state", "asset", "fault", "priority", "created (UTC)"}, rows);
  return 0;
}

int print_one(Source& source, const std::string& id) {
  const auto order = source.find(id);
  if (!order) return print_error(order.error());
  std::printf("%s\n", json::print(*order, 2).c_str());
  return 0;
}

json::Value replayed_json(const std::string& order, const edge::Replayed& again) {
  json::Object out{{"order", order},
                   {"machine", again.machine},
                   {"detector", again.detector},
                   {"model", again.model},
                   {"sealed", again.sealed},
                   {"score", again.score},
                   {"threshold", again.threshold},
                   {"same", again.same}};
  if (again.parts.empty()) return out;
  json::Array parts;
  for (const auto& part : again.parts) {
    parts.emplace_back(json::Object{{"item", part.item},
                                    {"sealed", part.sealed},
                                    {"now", part.now},
                                    {"sealed_reason", part.sealed_reason},
                                    {"reason", part.reason},
                                    {"alike", part.alike}});
  }
  out.emplace_back("parts", std::move(parts));
  return out;
}

void print_run(const edge::Replayed& again) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& part : again.parts) {
    rows.push_back({part.item, verdict_text(part.sealed), verdict_text(part.now), part.reason,
                    part.alike ? "to the digit" : "no"});
  }
  print_table({"part", "when sealed", "now", "why", "same prediction"}, rows);
  std::printf("%s: %s of %zu sealed parts refused, as judged by %s\n", again.machine.c_str(),
              cat(again.score).c_str(), again.parts.size(),
              again.model.empty() ? "its rules" : again.model.c_str());
}

void print_window(const edge::Replayed& again) {
  print_table({"", ""}, {{"machine", again.machine},
                         {"detector", again.detector},
                         {"model", again.model.empty() ? "learnt on the spot" : again.model},
                         {"score when sealed", cat(again.sealed)},
                         {"score now", cat(again.score)},
                         {"threshold", cat(again.threshold)}});
}

int print_replay(const OrderOptions& options, Source& source, inference::Backend& backend) {
  const auto order = source.find(options.id);
  if (!order) return print_error(order.error());
  const auto* evidence = order->find("evidence");
  const std::string digest = evidence != nullptr ? text_of(*evidence, "digest") : "";
  if (digest.empty())
    return print_error({ErrorKind::not_found, cat("order ", options.id, " has no evidence")});
  const auto fetch = [&](const std::string& part) { return source.bytes(options.id, part); };
  const auto again = edge::replay(digest, fetch, backend, options.models);
  if (!again) return print_error(again.error());
  if (options.json) {
    std::printf("%s\n", json::print(replayed_json(options.id, *again), 2).c_str());
  } else if (again->parts.empty()) {
    print_window(*again);
  } else {
    print_run(*again);
  }
  if (again->same) return 0;
  return print_error({ErrorKind::corrupt, again->parts.empty()
                                              ? "the score is not the one that was sealed"
                                              : "a part is not decided as it was when it was sealed"});
}

}  // namespace

int run_order(const OrderOptions& options) {
  auto world = make_world(LogLevel::error);
  if (!world) return print_error(world.error());
  auto source = open_source(options, **world);
  if (!source) return print_error(source.error());
  if (options.verb == "list") return print_list(**source, options.json);
  if (options.id.empty())
    return print_error({ErrorKind::invalid, cat("'oree order ", options.verb, "' wants an order's id")});
  if (options.verb == "show") return print_one(**source, options.id);
  return print_replay(options, **source, *(*world)->backend);
}

}  // namespace oree::app
