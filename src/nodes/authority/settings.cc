#include "nodes/authority/settings.h"

#include <algorithm>
#include <limits>
#include <set>

#include "base/text.h"
#include "platform/config/fields.h"
#include "platform/http/ends/listen.h"
#include "services/approvals/statement.h"

namespace oree::authority {
namespace {

using config::Fields;
using config::Node;

Result<Person> read_person(const Node& node) {
  Fields fields(node, "person");
  Person person{.name = fields.required<std::string>("name"), .token = {}};
  if (!person.name.empty() && !approvals::is_person(person.name))
    fields.mistake("name", "must be one line of at most 120 bytes, and not 'rules'");
  const auto token = crypto::parse_digest(fields.required<std::string>("token_sha256"));
  if (!token && fields.has("token_sha256"))
    fields.mistake("token_sha256", "must be the SHA-256 of the person's token, 64 hex digits");
  person.token = token.value_or(crypto::Digest{});
  if (auto status = fields.finish(); !status) return forward(status);
  return person;
}

void read_people(Fields& fields, Settings& settings) {
  const Node* list = fields.node("people");
  if (list == nullptr) return;
  if (list->kind() != Node::Kind::list) return fields.mistake("people", "must be a list");
  std::set<std::string> names;
  std::set<crypto::Digest> tokens;
  for (const Node& node : list->items()) {
    auto person = read_person(node);
    fields.absorb(person);
    if (!person) continue;
    if (!names.insert(person->name).second || !tokens.insert(person->token).second)
      fields.mistake("people", "has two of the same name or token");
    settings.people.push_back(*std::move(person));
  }
}

// "127.0.0.1:8101", "[::1]:8101"
void read_listen(Fields& fields, Settings& settings) {
  const auto text = fields.optional<std::string>("listen", cat(settings.address, ":", settings.port));
  const auto listen = http::parse_listen(text);
  if (!listen) return fields.mistake("listen", "must be an address and a port such as 127.0.0.1:8101");
  settings.address = listen->address;
  settings.port = listen->port;
}

milliseconds read_wait(Fields& fields, std::string_view key, milliseconds fallback, milliseconds most) {
  const auto length = fields.duration(key, fallback);
  if (length < microseconds(0) || length > most)
    fields.mistake(key, cat("must lie between 0 and ", duration_text(most)));
  return std::chrono::ceil<milliseconds>(length);
}

Result<ChainSetting> read_chain(const Node& node, const std::filesystem::path& folder) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  Fields fields(node, "ethereum");
  ChainSetting setting;
  setting.rpc = fields.required<std::string>("rpc");
  if (!setting.rpc.starts_with("http://") && !setting.rpc.starts_with("https://") && !setting.rpc.empty())
    fields.mistake("rpc", "must be a node's address such as http://127.0.0.1:8545");
  setting.chain_id = static_cast<uint64_t>(fields.between<int64_t>("chain_id", 0, 1, kMost));
  if (!fields.has("chain_id")) fields.mistake("chain_id", "is missing");
  setting.contract = fields.required<std::string>("contract");
  const bool is_address = setting.contract.size() == 42 && setting.contract.starts_with("0x") &&
                          from_hex(lower(setting.contract).substr(2));
  if (!is_address && !setting.contract.empty())
    fields.mistake("contract", "must be an address: 0x and 40 hex digits");
  setting.key_file = folder / fields.required<std::string>("key");
  setting.first_block = static_cast<uint64_t>(fields.between<int64_t>("first_block", 0, 0, kMost));
  setting.signers = static_cast<unsigned>(fields.between<int>("signers", 3, 1, 1000));
  if (fields.has("confirmations"))
    setting.confirmations = static_cast<uint64_t>(fields.between<int64_t>("confirmations", 0, 0, 1'000'000));
  setting.period = read_wait(fields, "period", setting.period, std::chrono::minutes(10));
  if (auto status = fields.finish(); !status) return forward(status);
  return setting;
}

}  // namespace

Result<Settings> parse_settings(std::string_view text, std::string_view file) {
  const auto node = config::parse(text, file);
  if (!node) return forward(node);
  Fields fields(*node, "");
  Settings settings;
  settings.rules = approvals::read_rules(fields);
  read_listen(fields, settings);
  read_people(fields, settings);
  settings.answer_within =
      read_wait(fields, "answer_within", settings.answer_within, std::chrono::seconds(60));
  settings.fetch_deadline =
      read_wait(fields, "fetch_deadline", settings.fetch_deadline, std::chrono::minutes(10));
  if (const Node* chain = fields.node("ethereum")) {
    auto setting = read_chain(*chain, std::filesystem::path(file).parent_path());
    fields.absorb(setting);
    if (setting) settings.chain = *std::move(setting);
  }
  settings.limits.total_bytes = fields.size("max_evidence", settings.limits.total_bytes);
  if (settings.limits.total_bytes > (uint64_t{64} << 20))
    fields.mistake("max_evidence", "must not be above 64MiB");
  if (auto status = fields.finish(); !status) return forward(status);
  return settings;
}

Result<Settings> load_settings(const std::filesystem::path& file) {
  const auto text = config::load_text(file.string());
  if (!text) return forward(text);
  return parse_settings(*text, file.string());
}

}  // namespace oree::authority
