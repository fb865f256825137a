// The order's JSON form, both ways. What the API shows is what the store keeps.
#include "base/text.h"
#include "services/orders/order.h"

namespace oree::orders {
namespace {

json::Value text_json(const Text& text) {
  return json::Object{{"en", text.en}, {"fr", text.fr}};
}

json::Value written_json(const Written& written) {
  return json::Object{{"op", written.operation},
                      {"value", written.value},
                      {"by", written.by},
                      {"device", written.device},
                      {"at", to_ms(written.at)}};
}

const Written* field(const Order& order, const std::string& name) {
  const auto at = order.fields.find(name);
  return at == order.fields.end() ? nullptr : &at->second;
}

json::Value value_of(const Order& order, const std::string& name) {
  const Written* written = field(order, name);
  return written != nullptr ? written->value : json::Value();
}

json::Array tasks_json(const Order& order) {
  json::Array out;
  for (const Task& task : order.tasks) {
    json::Object one{{"id", task.id}, {"text", text_json(task.text)}, {"done", false}};
    if (const Written* tick = field(order, cat("task/", task.id))) {
      one.back().second = tick->value;
      one.emplace_back("at", to_ms(tick->at));
      one.emplace_back("by", tick->by);
    }
    out.emplace_back(std::move(one));
  }
  return out;
}

json::Array parts_json(const Order& order) {
  json::Array out;
  for (const SparePart& part : order.parts) {
    const Written* used = field(order, cat("part/", part.id));
    out.emplace_back(json::Object{{"id", part.id},
                                  {"name", text_json(part.name)},
                                  {"quantity", part.quantity},
                                  {"used", used != nullptr ? used->value : json::Value(false)}});
  }
  return out;
}

json::Value work_json(const Order& order) {
  json::Array photos;
  for (const Written& photo : order.photos) {
    const auto* digest = photo.value.find("digest");
    photos.emplace_back(json::Object{{"digest", digest != nullptr ? *digest : json::Value()},
                                     {"op", photo.operation},
                                     {"at", to_ms(photo.at)},
                                     {"by", photo.by}});
  }
  const auto text = [&](const std::string& name) {
    const json::Value value = value_of(order, name);
    return value.is_null() ? json::Value("") : value;
  };
  return json::Object{{"note", text("note")},
                      {"technician", text("technician")},
                      {"started", value_of(order, "started")},
                      {"finished", value_of(order, "finished")},
                      {"photos", std::move(photos)},
                      {"signature", value_of(order, "signature")}};
}

json::Value evidence_json(const Evidence& evidence) {
  uint64_t bytes = 0;
  json::Array parts;
  for (const EvidencePart& part : evidence.parts) {
    bytes += part.bytes;
    parts.emplace_back(json::Object{
        {"name", part.name}, {"type", part.type}, {"bytes", part.bytes}, {"digest", part.digest}});
  }
  return json::Object{{"digest", evidence.digest}, {"bytes", bytes}, {"parts", std::move(parts)}};
}

json::Array conflicts_json(const Order& order) {
  json::Array out;
  for (const auto& [name, values] : order.conflicts) {
    json::Array list;
    for (const Written& value : values) list.emplace_back(written_json(value));
    out.emplace_back(json::Object{{"field", name}, {"values", std::move(list)}});
  }
  return out;
}

json::Array history_json(const Order& order) {
  json::Array out;
  for (const Happening& one : order.history) {
    out.emplace_back(json::Object{{"at", to_ms(one.at)},
                                  {"state", name(one.state)},
                                  {"by", one.by},
                                  {"code", one.code},
                                  {"reason", one.reason}});
  }
  return out;
}

}  // namespace

json::Value order_json(const Order& order) {
  json::Object versions, fields;
  for (const auto& [name, written] : order.fields) {
    versions.emplace_back(name, written.operation);
    fields.emplace_back(name, written_json(written));
  }
  return json::Object{
      {"id", order.id},
      {"asset", order.asset},
      {"fault", order.fault},
      {"state", name(order.state)},
      {"priority", name(order.priority)},
      {"created", to_ms(order.created)},
      {"updated", to_ms(order.updated)},
      {"expires", to_ms(order.expires)},
      {"due", order.due ? json::Value(to_ms(*order.due)) : json::Value()},
      {"cost", json::Object{{"ceiling", order.cost.ceiling}, {"currency", order.cost.currency}}},
      {"cause", order.cause},
      {"causes", order.causes},
      {"evidence", evidence_json(order.evidence)},
      {"quorum", order.quorum},
      {"authorities", order.authorities},
      {"proof", order.proof},
      {"erp", order.erp},
      {"tasks", tasks_json(order)},
      {"parts", parts_json(order)},
      {"work", work_json(order)},
      {"versions", std::move(versions)},
      {"fields", std::move(fields)},
      {"conflicts", conflicts_json(order)},
      {"history", history_json(order)}};
}

}  // namespace oree::orders
