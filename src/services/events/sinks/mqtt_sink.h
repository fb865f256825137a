// Events as messages on the station's own broker, structured CloudEvents or Event Grid's form. The topic may
// hold {type}, {subject} and {id}.
#pragma once

#include <string>

#include "services/events/sinks/sink.h"

namespace oree::events {

class MqttSink final : public Sink {
 public:
  MqttSink(std::string topic, Schema schema, Publish publish)
      : topic_(std::move(topic)), schema_(schema), publish_(std::move(publish)) {}
  Outcome deliver(std::span<const Event> events) override;

 private:
  const std::string topic_;
  const Schema schema_;
  const Publish publish_;
};

// `invalid` when it is no topic, or holds another placeholder.
Status check_topic_template(std::string_view text);

}  // namespace oree::events
