// Addresses of the stand-in's records, as OData 4.0 writes them (Part 2: URL conventions): a set, a record by
// its id or by an alternate key, `$select` and the one `$filter` that is spoken: column eq 'text'. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace oree::erp {

struct Address {
  std::string set;
  std::string id;          // of set(id); "" otherwise
  std::string key, value;  // of set(key='value'); "" otherwise
  bool is_record() const { return !id.empty() || !key.empty(); }
};

// What stands behind /api/data/v9.2/, percent-decoded. nullopt when it is no address.
std::optional<Address> parse_address(std::string_view path);

struct Condition {
  std::string column;
  std::string value;  // text without quotes, or a number as it stands
  bool quoted = false;
};
std::optional<Condition> parse_filter(std::string_view text);

// Characters that Dataverse does not take in the value of an alternate key.
bool has_forbidden_character(std::string_view key_value);

}  // namespace oree::erp
