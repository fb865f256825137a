// An MQTT message as the route language sees it.
//
// | topic | source |
// |---|---|
// | devices/{d}/messages/events/{props} | /messages |
// | devices/{d}/modules/{m}/messages/events/{props} | /messages/modules/{m}, or …/outputs/{$.on} |
// | any other | /messages/topics/{topic} |
//
// {props} is `k=v&…`, percent-encoded; keys `$.mid $.ct …` are system properties (messageId, contentType …),
// the others application properties, as are MQTT 5 user properties. The MQTT 5 content type counts as
// contentType and a payload marked as UTF-8 as contentEncoding utf-8, unless {props} says otherwise. Of our
// own: system property `topic`, and connectionDeviceId is the client id where the topic names no device.
#pragma once

#include "platform/mqtt/message.h"
#include "services/routes/route.h"

namespace oree::routes {

RoutedMessage routed(const mqtt::Message& message);

}  // namespace oree::routes
