// The first byte chooses how the text is read; a text the reader takes whole as a tree must be the same tree
// that value.h sees.
#include <cstdint>
#include <cstdlib>

#include "platform/json/reader.h"

namespace {

using oree::Status;
using oree::json::Cursor;

Status wander(Cursor& value) {
  if (value.is_null() || value.integer() || value.number() || value.boolean() || value.text()) return {};
  const auto object = value.object([](std::string_view key, Cursor& member) -> Status {
    if (key.size() % 3 == 1) return {};  // skipped
    return wander(member);
  });
  if (object) return {};
  return value.array([](Cursor& element) { return wander(element); });
}

template <class T>
void read_numbers(oree::json::Reader& reader, std::string_view text) {
  std::vector<T> out;
  (void)reader.parse(text, [&](Cursor& root) { return root.numbers(out, 100); });
  if (out.size() > 100) std::abort();
  // The same one level down, where a failure is forgiven and reading goes on.
  (void)reader.parse(text, [&](Cursor& root) {
    return root.object([&](std::string_view, Cursor& member) -> Status {
      (void)member.numbers(out, 200);
      return {};
    });
  });
}

void read_tree(oree::json::Reader& reader, std::string_view text) {
  oree::json::Value tree;
  const auto status = reader.parse(text, [&](Cursor& root) -> Status {
    auto value = root.value();
    if (!value) return forward(value);
    tree = *std::move(value);
    return {};
  });
  const auto parsed = oree::json::parse(text);
  // The tree's depth limit is the lower one; else both agree.
  if (parsed && (!status || tree != *parsed)) std::abort();
  const bool too_deep = !parsed && parsed.error().what.find("deeper") != std::string::npos;
  if (status && !parsed && !too_deep) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  oree::json::Reader reader;
  switch (data[0] % 8) {
    case 0:
      read_numbers<float>(reader, text);
      break;
    case 1:
      read_numbers<int8_t>(reader, text);
      break;
    case 2:
      read_numbers<uint64_t>(reader, text);
      break;
    case 3:
      read_numbers<bool>(reader, text);
      break;
    case 4:
      (void)reader.parse(text, wander);
      break;
    case 5:
      (void)reader.parse(text, [](Cursor&) { return Status(); });
      break;
    default:
      read_tree(reader, text);
      break;
  }
  return 0;
}
