#include "services/events/subscription.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "platform/config/fields.h"
#include "platform/libpq/connection.h"
#include "services/events/sinks/document_store.h"
#include "services/events/sinks/flag_file.h"
#include "services/events/sinks/mqtt_sink.h"
#include "services/events/sinks/postgres.h"

namespace oree::events {
namespace {

namespace fs = std::filesystem;
using config::Fields;
using config::Node;

constexpr size_t kMostSubscriptions = 256;
constexpr std::string_view kKinds[] = {"webhook", "mqtt", "documents", "postgres", "flag_file"};

fs::path below(const fs::path& folder, const std::string& path) {
  if (path.empty()) return {};
  return fs::path(path).is_absolute() ? fs::path(path) : (folder / path).lexically_normal();
}

void read_webhook(Fields& fields, const fs::path& folder, Subscription& out) {
  const auto url = http::parse_url(fields.required<std::string>("url"));
  if (url) {
    out.webhook.url = *url;
  } else {
    fields.mistake("url", url.error().what);
  }
  out.webhook.schema = out.schema;
  out.webhook.batch = static_cast<size_t>(fields.between<int>("batch", 1, 1, 5000));
  out.webhook.token_file = below(folder, fields.optional<std::string>("token_file", ""));
  out.webhook.ca_file = below(folder, fields.optional<std::string>("ca_file", ""));
  out.webhook.deadline =
      std::chrono::duration_cast<milliseconds>(fields.duration("deadline", std::chrono::seconds(30)));
  if (out.webhook.deadline < milliseconds(100) || out.webhook.deadline > std::chrono::minutes(5))
    fields.mistake("deadline", "must lie between 100ms and 5min");
}

void read_kind(Fields& fields, const fs::path& folder, Subscription& out) {
  const auto check = [&](std::string_view key, const Status& status) {
    if (!status) fields.mistake(key, status.error().what);
  };
  switch (out.kind) {
    case Subscription::Kind::webhook:
      return read_webhook(fields, folder, out);
    case Subscription::Kind::mqtt:
      out.topic = fields.required<std::string>("topic");
      return check("topic", check_topic_template(out.topic));
    case Subscription::Kind::documents:
      out.file = fields.optional<std::string>("file", "documents.db");
      return;
    case Subscription::Kind::postgres:
      out.connection = fields.required<std::string>("connection");
      return check("connection", libpq::check_place(out.connection));
    case Subscription::Kind::flag_file:
      out.folder = fields.optional<std::string>("folder", "flags");
      out.azure_file = below(folder, fields.optional<std::string>("azure", ""));
      out.container = fields.optional<std::string>("container", "orders");
      return check("container", targets::check_container_name(out.container));
  }
}

Result<Subscription> parse_subscription(const Node& node, const fs::path& folder) {
  Fields fields(node, "event subscription");
  Subscription out;
  out.plan.name = fields.required<std::string>("name");
  if (out.plan.name.size() > 64 || out.plan.name.find_first_of("/\n\r") != std::string::npos)
    fields.mistake("name", "must be at most 64 letters on one line, without '/'");
  const auto kind = fields.choice("sink", {"webhook", "mqtt", "documents", "postgres", "flag_file"});
  const auto at = std::ranges::find(kKinds, kind);
  if (at != std::end(kKinds)) out.kind = static_cast<Subscription::Kind>(at - std::begin(kKinds));
  out.schema = *parse_schema(
      fields.choice("schema", {"cloudevents", "cloudevents-binary", "eventgrid"}, "cloudevents"));
  read_kind(fields, folder, out);
  if (const Node* filter = fields.node("filter")) {
    auto parsed = parse_filter(*filter);
    fields.absorb(parsed);
    if (parsed) out.plan.filter = *std::move(parsed);
  }
  out.plan.rules.max_attempts = fields.between<int>("max_attempts", 30, 1, 30);
  out.plan.rules.time_to_live = fields.duration("time_to_live", std::chrono::hours(24));
  if (out.plan.rules.time_to_live < std::chrono::minutes(1) ||
      out.plan.rules.time_to_live > std::chrono::hours(24))
    fields.mistake("time_to_live", "must lie between 1min and 24h");
  if (auto status = fields.finish(); !status) return forward(status);
  return out;
}

}  // namespace

std::string_view name(Subscription::Kind kind) {
  return kKinds[static_cast<size_t>(kind)];
}

std::string address(const Subscription& subscription) {
  const auto& url = subscription.webhook.url;
  switch (subscription.kind) {
    case Subscription::Kind::webhook:
      return cat(url.tls ? "https://" : "http://", url.host, ":", url.port,
                 url.target.substr(0, url.target.find('?')));
    case Subscription::Kind::mqtt:
      return subscription.topic;
    case Subscription::Kind::documents:
      return subscription.file.string();
    case Subscription::Kind::postgres:
      return "PostgreSQL";
    case Subscription::Kind::flag_file:
      return subscription.azure_file.empty()
                 ? subscription.folder.string()
                 : cat(subscription.folder.string(), " → ", subscription.container);
  }
  return "";
}

Result<std::vector<Subscription>> parse_subscriptions(const Node& list, const fs::path& folder) {
  if (list.kind() != Node::Kind::list || list.items().size() > kMostSubscriptions)
    return list.error(cat("'events' must be a list of at most ", kMostSubscriptions, " subscriptions"));
  std::vector<Subscription> out;
  std::set<std::string> names;
  std::string mistakes;
  const auto complain = [&](const std::string& what) { mistakes += cat(mistakes.empty() ? "" : "\n", what); };
  for (const Node& item : list.items()) {
    auto one = parse_subscription(item, folder);
    if (!one) {
      complain(one.error().what);
    } else if (!names.insert(one->plan.name).second) {
      complain(item.error(cat("there are two subscriptions '", one->plan.name, "'")).error().what);
    } else {
      out.push_back(*std::move(one));
    }
  }
  if (!mistakes.empty()) return fail(ErrorKind::invalid, mistakes);
  return out;
}

Result<std::unique_ptr<Sink>> open_sink(const Subscription& one, const SinkWorld& world) {
  switch (one.kind) {
    case Subscription::Kind::webhook: {
      WebhookSettings settings = one.webhook;
      settings.origin = world.origin;
      settings.validation_url = world.validation_url;
      return std::make_unique<Webhook>(std::move(settings), world.clock);
    }
    case Subscription::Kind::mqtt:
      return std::make_unique<MqttSink>(one.topic, one.schema, world.publish);
    case Subscription::Kind::documents: {
      auto store = DocumentStore::open(below(world.data, one.file.string()));
      if (!store) return forward(store);
      return *std::move(store);
    }
    case Subscription::Kind::postgres:
      return std::make_unique<Postgres>(one.connection);
    case Subscription::Kind::flag_file:
      return std::make_unique<FlagFile>(
          FlagSettings{below(world.data, one.folder.string()), one.azure_file, one.container}, world.disk,
          world.clock);
  }
  return fail(ErrorKind::bug, "no such sink");
}

}  // namespace oree::events
