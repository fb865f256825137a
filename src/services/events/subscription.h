// The `events` list of station.yaml: who hears of orders, where, in which form. Values.
//
//   events:
//     - {name: team, sink: webhook, url: "https://…", schema: cloudevents, token_file: secrets/team}
//     - {name: plant, sink: mqtt, topic: "factory/orders/{type}"}
//     - {name: archive, sink: documents}
//     - {name: warehouse, sink: postgres, connection: "host=db dbname=orders"}
//     - {name: flags, sink: flag_file, folder: flags, azure: secrets/azure, container: orders}
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/config/node.h"
#include "platform/files/files.h"
#include "services/events/sinks/sink.h"
#include "services/events/sinks/webhook.h"
#include "services/events/subscriber.h"

namespace oree::events {

struct Subscription {
  enum class Kind { webhook, mqtt, documents, postgres, flag_file };
  SubscriberPlan plan;
  Kind kind = Kind::webhook;
  WebhookSettings webhook;
  Schema schema = Schema::cloud_events;
  std::string topic;                 // mqtt
  std::filesystem::path file;        // documents; relative: below the station's data
  std::string connection;            // postgres
  std::filesystem::path folder;      // flag_file; relative: below the station's data
  std::filesystem::path azure_file;  // of a connection string; "" = the folder alone
  std::string container;             // of the blob service
};
std::string_view name(Subscription::Kind kind);
std::string address(const Subscription& subscription);  // for people, without secrets

// `invalid` with every mistake and its place. Relative paths of secrets are below `folder`.
Result<std::vector<Subscription>> parse_subscriptions(const config::Node& list,
                                                      const std::filesystem::path& folder);

struct SinkWorld {
  const Clock& clock;
  files::Disk& disk;
  Log& log;
  std::filesystem::path data;
  std::string origin;          // this station's name
  std::string validation_url;  // "http://station/api/v1/events/validate?code="
  Publish publish;
};
Result<std::unique_ptr<Sink>> open_sink(const Subscription& subscription, const SinkWorld& world);

}  // namespace oree::events
