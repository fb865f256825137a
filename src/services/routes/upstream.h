// $upstream: another hub, over HTTP or MQTT. Both send mqtt::Message as mqtt::print_message() wrote it into
// the queue, each with its id, so that the other side takes what comes twice only once. What cannot be read
// as a message is refused for good.
#pragma once

#include <memory>

#include "platform/http/client.h"
#include "platform/mqtt/client/client.h"
#include "services/routes/endpoint.h"

namespace oree::routes {

// One POST for each batch: a JSON array of {"id", "topic", "time", "sender", "contentType", "properties",
// "payload"}, the payload in base64. 2xx: all of it is durable there. 400, 413, 415 and 422 are for good: the
// batch is then sent in pieces of one to find the one that is meant. Everything else, 401 and 404 too, is
// tried again.
struct HttpUpstreamOptions {
  http::Url url;
  std::vector<http::Header> headers;  // Authorization, for one
  milliseconds deadline{20'000};
};
std::unique_ptr<Endpoint> http_upstream(HttpUpstreamOptions options);

// Each message is published at QoS 1 to its own topic behind `prefix`, with its id as user property `oree-id`
// (MQTT 5), over a connection that is made when there is something to send and kept while it holds. What
// expires on the way keeps its expiry. The client's options should ask for MQTT 5: 3.1.1 carries no id.
struct MqttUpstreamOptions {
  mqtt::ClientOptions client;
  std::string prefix;  // "sites/lyon/"
  std::string id_property = "oree-id";
};
std::unique_ptr<Endpoint> mqtt_upstream(MqttUpstreamOptions options);

}  // namespace oree::routes
