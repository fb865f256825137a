#include "nodes/edge/telemetry/desk.h"

#include <algorithm>

#include "base/background.h"
#include "base/text.h"
#include "platform/sql/database.h"

namespace oree::edge {
namespace {

constexpr std::string_view kKeep = "jobs";
constexpr size_t kBatch = 1'000;
constexpr milliseconds kBeat{1'000};
constexpr uint64_t kNoJob = UINT64_MAX;  // what needed_position() says then

// Rows as objects, by the columns' names.
json::Array objects(const tsql::ResultSet& result) {
  json::Array out;
  const json::Value whole = tsql::to_json(result);
  const auto* rows = whole.find("rows");
  if (rows == nullptr || rows->array() == nullptr) return out;
  for (const auto& row : *rows->array()) {
    json::Object object;
    for (size_t i = 0; i < result.columns.size(); ++i)
      object.emplace_back(result.columns[i], row.array()->at(i));
    out.push_back(std::move(object));
  }
  return out;
}

// 'it''s', or its bytes where the text could end a statement early.
std::string literal(std::string_view text) {
  if (text.contains('\0')) return cat("CAST(X'", to_hex(as_bytes(text)), "' AS TEXT)");
  std::string out = "'";
  for (const char c : text) {
    out += c;
    if (c == '\'') out += c;
  }
  return out += '\'';
}

}  // namespace

// Rows of jobs whose output is a topic.
class Desk::Out final : public jobs::Publisher {
 public:
  explicit Out(World& world) : world_(world) {}
  Status publish(std::string_view topic, std::string_view text) override {
    mqtt::Message message;
    message.topic = topic;
    const auto bytes = as_bytes(text);
    message.payload.assign(bytes.begin(), bytes.end());
    message.qos = 1;
    message.content_type = "application/json";
    message.payload_is_utf8 = true;
    message.received = world_.clock.wall();
    const auto done = world_.broker.publish(message);
    return done ? Status() : forward(done);
  }

 private:
  World& world_;
};

Desk::Desk(const Setting& setting, World world)
    : world_(std::move(world)),
      models_(world_.backend, setting.models),
      out_(std::make_unique<Out>(world_)) {}

Result<std::unique_ptr<Desk>> Desk::start(const Setting& setting, const std::filesystem::path& file,
                                          World world) {
  std::unique_ptr<Desk> self(new Desk(setting, std::move(world)));
  self->automation_ = jobs::Automation::create({.store = &self->world_.series, .publisher = self->out_.get()},
                                               self->world_.clock, self->world_.log);
  auto opened = queries::Queries::open({.file = file,
                                        .store = &self->world_.series,
                                        .models = &self->models_,
                                        .automation = self->automation_.get()},
                                       self->world_.clock, self->world_.log);
  if (!opened) return forward(opened);
  self->queries_ = std::move(*opened);
  for (const auto& statement : setting.statements) {
    const auto done = self->ask(statement, queries::Role::admin, {});
    if (!done && done.error().kind != ErrorKind::conflict)
      return forward(done, cat("telemetry.sql: ", statement));
  }
  const auto position = self->automation_->needed_position();
  if (!position) return forward(position);
  // Jobs are made and started by the settings alone: without one at work no message is looked at.
  if (*position != kNoJob)
    self->reader_ = self->world_.broker.messages().reader(std::max<uint64_t>(*position, 1));
  else
    self->world_.broker.drop_keep(std::string(kKeep));
  self->thread_ = std::jthread([raw = self.get()] { raw->run(); });
  return self;
}

Desk::~Desk() {
  stop();
}

void Desk::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    awake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void Desk::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  awake_.notify_one();
}

void Desk::run() {
  stay_in_background();
  MonoTime next_beat = world_.clock.mono();
  bool more = false;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      awake_.wait_for(lock, more ? milliseconds(0) : kBeat / 4, [&] { return woken_ || stopping_; });
      if (stopping_) return;
      woken_ = false;
    }
    const auto delivered = deliver_batch();
    if (!delivered) world_.log.error(cat("streaming jobs: ", delivered.error().what));
    more = delivered && *delivered;
    if (world_.clock.mono() < next_beat) continue;
    next_beat = world_.clock.mono() + kBeat;
    if (auto beaten = automation_->beat(); !beaten) world_.log.error(cat("schedules: ", beaten.error().what));
    if (auto beaten = queries_->beat(); !beaten) world_.log.error(beaten.error().what);
  }
}

void Desk::read_batch() {
  while (batch_.size() < kBatch) {
    const auto entry = reader_->next();
    if (!entry) continue;  // the intake has said so
    if (entry->position == 0) break;
    auto message = mqtt::parse_message(entry->bytes);
    if (!message) continue;
    batch_.push_back(std::move(*message));
    positions_.push_back(entry->position);
  }
}

// A batch that fails is kept and delivered again at the next turn: none may be passed over.
Result<bool> Desk::deliver_batch() {
  if (!reader_) return false;
  if (batch_.empty()) read_batch();
  if (batch_.empty()) return false;
  std::vector<jobs::Message> messages;
  for (size_t i = 0; i < batch_.size(); ++i)
    messages.push_back({batch_[i].topic, as_text(batch_[i].payload), batch_[i].received, positions_[i]});
  if (auto done = automation_->deliver(messages); !done) return forward(done);
  const auto needed = automation_->needed_position();
  if (!needed) return forward(needed);
  world_.broker.keep(std::string(kKeep), std::min(*needed, positions_.back() + 1));
  batch_.clear();
  positions_.clear();
  return true;
}

Result<tsql::ResultSet> Desk::ask(std::string_view text, queries::Role role, const queries::Limits& limits) {
  return queries_->run(text, role, limits);
}

Status Desk::keep_rows(const std::string& table, std::span<const RoutedRow> rows) {
  const std::string name = sql::quoted_name(table);
  std::string text = cat("BEGIN; CREATE TABLE IF NOT EXISTS ", name,
                         "(id TEXT PRIMARY KEY, topic TEXT, time INTEGER, body TEXT); INSERT OR IGNORE INTO ",
                         name, "(id, topic, time, body) VALUES ");
  for (const auto& row : rows) {
    if (&row != &rows.front()) text += ", ";
    text += cat("(", literal(row.id), ", ", literal(row.topic), ", ", row.time.time_since_epoch().count(),
                ", ", literal(row.body), ")");
  }
  text += "; COMMIT";
  const auto done = ask(text, queries::Role::admin, {});
  return done ? Status() : forward(done, cat("table ", name));
}

json::Value Desk::jobs_json() {
  const auto rows = [this](std::string_view text) {
    const auto found = ask(text, queries::Role::reader, {});
    return found ? objects(*found) : json::Array();
  };
  return json::Object{
      {"jobs",
       rows("SELECT name, statement, state, error, rows_in AS \"in\", rows_out AS \"out\", dropped, late "
            "FROM oree_jobs ORDER BY name")},
      {"schedules",
       rows("SELECT name, rule AS \"when\", statement, last / 1000 AS last_run, next / 1000 AS next_run, "
            "runs, CASE WHEN last IS NULL THEN NULL WHEN coalesce(error, '') = '' THEN 'ok' ELSE error END "
            "AS last_result FROM oree_schedules ORDER BY name")}};
}

}  // namespace oree::edge
