#include "services/events/sinks/mqtt_sink.h"

#include "base/text.h"

namespace oree::events {
namespace {

constexpr std::string_view kKnown[] = {"{type}", "{subject}", "{id}"};

// A value of the event must not make a wildcard or another level than was written.
std::string plain(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c == '+' || c == '#' || static_cast<unsigned char>(c) < 0x20) c = '_';
  }
  return out;
}

std::string filled(std::string text, const Event& event) {
  const std::string values[] = {plain(event.type), plain(event.subject), plain(event.id)};
  for (size_t i = 0; i < std::size(kKnown); ++i) {
    for (size_t at = text.find(kKnown[i]); at != std::string::npos;
         at = text.find(kKnown[i], at + values[i].size()))
      text.replace(at, kKnown[i].size(), values[i]);
  }
  return text;
}

}  // namespace

Outcome outcome_of(const Error& error) {
  Outcome outcome{
      .status = 0, .what = error.what, .timed_out = error.kind == ErrorKind::timeout, .retry_after = {}};
  if (error.kind == ErrorKind::invalid) outcome.status = 400;
  return outcome;
}

Status check_topic_template(std::string_view text) {
  if (text.empty() || text.find_first_of("+#") != std::string_view::npos)
    return fail(ErrorKind::invalid, "must be a topic without wildcards");
  std::string rest(text);
  for (const auto known : kKnown) {
    for (size_t at = rest.find(known); at != std::string::npos; at = rest.find(known))
      rest.erase(at, known.size());
  }
  if (rest.find_first_of("{}") != std::string::npos)
    return fail(ErrorKind::invalid, "may hold {type}, {subject} and {id}");
  return {};
}

Outcome MqttSink::deliver(std::span<const Event> events) {
  for (const Event& event : events) {
    const auto body =
        print({&event, 1}, schema_ == Schema::cloud_events_binary ? Schema::cloud_events : schema_);
    if (auto sent = publish_(filled(topic_, event), body.text); !sent) return outcome_of(sent.error());
  }
  return {.status = 200, .what = "", .timed_out = false, .retry_after = {}};
}

}  // namespace oree::events
