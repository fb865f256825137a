// The hot way through a JSON body: one forward pass, no tree, arrays of numbers straight into typed memory.
//
//   Status status = reader.parse(body, [&](json::Cursor& root) {
//     return root.object([&](std::string_view key, json::Cursor& value) -> Status {
//       if (key == "data") return value.numbers(pixels, kMaxElements);
//       return {};                                            // not read: skipped
//     });
//   });
//
// Wraps simdjson on-demand. A Reader is reused by one thread; parse() copies the text once into padded memory
// that is kept (what a text beyond 16 MiB took, until the next smaller one). Each value can be read once; a
// getter that failed because of the type leaves the value to another getter. Errors are `invalid` and start
// with the path of the value: "inputs[0].data: …". Depth is limited to 100. What is skipped is checked for
// UTF-8, strings and nesting only. A key written twice comes twice.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "platform/json/value.h"

namespace oree::json {

class Cursor;  // one value at the reader's place; valid only inside the callback that received it

using MemberHandler = std::function<Status(std::string_view key, Cursor& value)>;
using ElementHandler = std::function<Status(Cursor& value)>;

class Cursor {
 public:
  Status object(const MemberHandler& each);  // every member, in order; unread values are skipped
  Status array(const ElementHandler& each);
  Result<std::string_view> text();  // valid until the reader's next parse()
  Result<int64_t> integer();
  Result<double> number();
  Result<bool> boolean();
  bool is_null();         // true consumes it
  Result<Value> value();  // whatever it is, as a tree
  // Nested or flat array of numbers, flattened row-major and appended as T: float, double, any integer of 8
  // to 64 bits, or bool for true and false. `invalid` when an element is no number of T's range (1.0 is no
  // integer), when numbers and arrays are mixed, or when `out` would grow beyond `limit`.
  template <class T>
  Status numbers(std::vector<T>& out, size_t limit);
  // The same for strings.
  Status texts(std::vector<std::string>& out, size_t limit);

 private:
  friend class Reader;
  struct Spot;
  explicit Cursor(Spot& spot) : spot_(spot) {}
  Spot& spot_;
};

class Reader {
 public:
  Reader();
  ~Reader();
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;

  // Calls `root` with the document's value; then checks that nothing follows it.
  Status parse(std::string_view text, const ElementHandler& root);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace oree::json
