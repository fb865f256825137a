#include "services/erp/mapping/mapping.h"

#include <algorithm>

#include "base/text.h"
#include "platform/config/fields.h"
#include "platform/http/client.h"
#include "services/erp/answer.h"

namespace oree::erp {
namespace {

using config::Fields;
using config::Node;

std::optional<StatusRange> parse_range(std::string_view text) {
  const size_t dash = text.find('-');
  const auto from = parse_number<int>(text.substr(0, dash));
  const auto to = dash == std::string_view::npos ? from : parse_number<int>(text.substr(dash + 1));
  if (!from || !to || *from < 100 || *to > 599 || *from > *to) return std::nullopt;
  return StatusRange{*from, *to};
}

void read_ranges(Fields& fields, std::string_view key, std::vector<StatusRange>& out) {
  if (!fields.has(key)) return;
  out.clear();
  for (const auto& text : fields.optional<std::vector<std::string>>(key, {})) {
    const auto range = parse_range(text);
    if (range) {
      out.push_back(*range);
    } else {
      fields.mistake(key, cat("must list statuses such as 409 or 500-599, got '", text, "'"));
    }
  }
}

Result<StatusTable> read_status(const Node& node) {
  Fields fields(node, "status");
  StatusTable table;
  read_ranges(fields, "done", table.done);
  read_ranges(fields, "exists", table.exists);
  read_ranges(fields, "again", table.again);
  read_ranges(fields, "refuse", table.refuse);
  if (auto status = fields.finish(); !status) return forward(status);
  return table;
}

bool is_in(const std::vector<StatusRange>& ranges, int status) {
  return std::ranges::any_of(ranges,
                             [&](const StatusRange& r) { return r.from <= status && status <= r.to; });
}

// Reads a mapping; each function takes the mistakes it finds to `fields`.
class Reader {
 public:
  Reader(Fields& fields, const std::filesystem::path& folder) : fields_(fields), folder_(folder) {}

  void read(Mapping& out) {
    read_tables(out);
    read_secrets(out);
    read_headers(fields_, names(false), out.headers);
    if (const Node* node = fields_.node("status")) take(read_status(*node), out.status);
    if (const Node* node = fields_.required_node("create", Node::Kind::map))
      read_request(*node, "create", out.create);
    read_optional("lookup", out.lookup);
    read_optional("state", out.state);
    read_optional("close", out.close);
    read_optional("cancel", out.cancel);
    if (const Node* node = fields_.node("page")) {
      auto page =
          TextTemplate::read(*node, {.tables = tables_, .secrets = nullptr, .number = true, .secret = false});
      fields_.absorb(page);
      if (page) out.page = *std::move(page);
    }
  }

 private:
  Names names(bool with_number) const {
    return {.tables = tables_, .secrets = &secret_names_, .number = with_number, .secret = true};
  }

  template <class T>
  void take(Result<T> read, T& out) {
    fields_.absorb(read);
    if (read) out = *std::move(read);
  }

  void read_tables(Mapping& out) {
    auto tables = std::make_shared<Tables>();
    const Node* node = fields_.node("maps");
    if (node != nullptr && node->kind() != Node::Kind::map) fields_.mistake("maps", "must be a map of maps");
    if (node != nullptr) {
      for (const auto& [name, table] : node->members()) {
        if (table.kind() != Node::Kind::map) {
          fields_.mistake("maps", cat("needs a map for '", name, "'"));
          continue;
        }
        auto& entries = (*tables)[name];
        for (const auto& [key, value] : table.members()) entries[key] = constant(value);
      }
    }
    tables_ = tables.get();
    out.tables = std::move(tables);
  }

  void read_secrets(Mapping& out) {
    const Node* node = fields_.node("secrets");
    if (node == nullptr) return;
    Fields secrets(*node, "secrets");
    for (const auto& member : node->members()) {
      const std::filesystem::path file = secrets.required<std::string>(member.first);
      out.secrets.push_back({member.first, file.is_absolute() ? file : folder_ / file});
      secret_names_.push_back(member.first);
    }
    fields_.absorb(secrets.finish());
  }

  static void read_headers(Fields& fields, const Names& names,
                           std::vector<std::pair<std::string, TextTemplate>>& out) {
    const Node* node = fields.node("headers");
    if (node == nullptr) return;
    if (node->kind() != Node::Kind::map) return fields.mistake("headers", "must be a map of name and value");
    for (const auto& [name, value] : node->members()) {
      auto text = TextTemplate::read(value, names);
      fields.absorb(text);
      if (text) out.emplace_back(name, *std::move(text));
    }
  }

  void read_optional(std::string_view key, std::optional<RequestTemplate>& out) {
    const Node* node = fields_.node(key);
    if (node == nullptr) return;
    out.emplace();
    read_request(*node, key, *out);
  }

  void read_request(const Node& node, std::string_view key, RequestTemplate& out) {
    Fields fields(node, std::string(key));
    const bool creates = key == "create" || key == "lookup";
    out.method = fields.choice("method", {"GET", "POST", "PUT", "PATCH", "DELETE"},
                               creates && key == "lookup" ? "GET" : "POST");
    Names where = names(!creates);
    read_headers(fields, where, out.headers);
    if (const Node* body = fields.node("body")) {
      auto read = Template::read(*body, where);
      fields.absorb(read);
      if (read) out.body = *std::move(read);
    }
    fields.required<std::string>("url");
    if (const Node* url = node.find("url")) {
      where.secret = false;
      auto read = TextTemplate::read(*url, where);
      fields.absorb(read);
      if (read) out.url = *std::move(read);
    }
    if (creates || key == "state") {
      out.at = fields.required<std::string>(creates ? "number" : "at");
      if (!is_pointer(out.at))
        fields.mistake(creates ? "number" : "at", "must be a JSON pointer such as /result/id");
    }
    if (key == "state") read_words(fields);
    fields_.absorb(fields.finish());
  }

  void read_words(Fields& fields) {
    const Node* node = fields.required_node("words", Node::Kind::map);
    if (node == nullptr) return;
    for (const auto& [word, progress] : node->members()) {
      const auto known = parse_progress(progress.scalar());
      if (known) {
        words[word] = *known;
      } else {
        fields.mistake("words", cat("'", progress.scalar(),
                                    "' is none of unscheduled, scheduled, in_progress, done, "
                                    "cancelled, unknown"));
      }
    }
  }

 public:
  std::map<std::string, Progress> words;

 private:
  Fields& fields_;
  const std::filesystem::path& folder_;
  const Tables* tables_ = nullptr;
  std::vector<std::string> secret_names_;
};

}  // namespace

Verdict StatusTable::verdict(int status) const {
  if (is_in(refuse, status)) return Verdict::refuse;
  if (is_in(exists, status)) return Verdict::exists;
  if (is_in(done, status)) return Verdict::done;
  return is_in(again, status) ? Verdict::again : Verdict::refuse;
}

bool StatusTable::refuses_by_name(int status) const {
  return is_in(refuse, status);
}

Result<Mapping> parse_mapping(const Node& node, const std::filesystem::path& folder) {
  Fields fields(node, "");
  Mapping out;
  out.system = fields.required<std::string>("system");
  out.url = fields.required<std::string>("url");
  if (const auto url = http::parse_url(out.url); !out.url.empty() && !url)
    fields.mistake("url", url.error().what);
  while (out.url.ends_with('/')) out.url.pop_back();
  out.idempotency_header = fields.optional<std::string>("idempotency_header", "");
  if (const Node* error = fields.node("error")) {
    Fields inner(*error, "error");
    out.error_at = inner.required<std::string>("at");
    out.message_at = inner.optional<std::string>("message", "");
    if (out.error_at.empty() || !is_pointer(out.error_at))
      inner.mistake("at", "must be a JSON pointer such as /error");
    if (!is_pointer(out.message_at))
      inner.mistake("message", "must be a JSON pointer such as /error/message");
    fields.absorb(inner.finish());
  }
  Reader reader(fields, folder);
  reader.read(out);
  out.words = std::move(reader.words);
  if (!out.lookup && out.idempotency_header.empty() && fields.has("create"))
    fields.mistake("",
                   "needs 'lookup' or 'idempotency_header': without one a second try makes a second order");
  if (auto status = fields.finish(); !status) return forward(status);
  return out;
}

}  // namespace oree::erp
