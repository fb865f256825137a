#include "platform/config/text_file.h"

#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "platform/config/node.h"

namespace oree::config {
namespace {

// yaml-cpp takes up to 130 bytes of memory per byte of a long flow list.
constexpr size_t kMaxBytes = 1u << 20;

// Length of the UTF-8 sequence (RFC 3629 §4) at the start of `text`; 0 when it is none.
size_t sequence_length(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0u) != 0x80u) return 0;
  }
  const unsigned second = byte(1);
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool surrogate_or_beyond = (lead == 0xED && second > 0x9F) || (lead == 0xF4 && second > 0x8F);
  return overlong || surrogate_or_beyond ? 0 : length;
}

std::unexpected<Error> at_offset(std::string_view text, size_t offset, std::string_view file,
                                 std::string_view what) {
  int line = 1;
  int column = 1;
  for (const char c : text.substr(0, offset)) {
    column = c == '\n' ? 1 : column + 1;
    line += c == '\n' ? 1 : 0;
  }
  return at(file, line, column, what);
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\n' && c != '\t' && c != '\r') || byte == 0x7F;
}

}  // namespace

std::unexpected<Error> at(std::string_view file, int line, int column, std::string_view what) {
  return fail(ErrorKind::invalid, cat(file, ":", line, ":", column, ": ", what));
}

Result<std::string_view> checked_text(std::string_view text, std::string_view file) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.size() > kMaxBytes) {
    return at(file, 1, 1, cat("the file has more than ", kMaxBytes, " bytes"));
  }
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  for (size_t offset = 0; offset < text.size();) {
    if (is_control(text[offset]))
      return at_offset(text, offset, file, "a control character stands here; remove it");
    const size_t length = sequence_length(text.substr(offset, 4));
    if (length == 0) return at_offset(text, offset, file, "this is not UTF-8; save the file as UTF-8");
    offset += length;
  }
  return text;
}

Status check_brackets(std::string_view text, std::string_view file) {
  constexpr int kMaxOpen = 500;
  int open = 0;
  for (size_t offset = 0; offset < text.size(); ++offset) {
    const char c = text[offset];
    if (c == '[' || c == '{') ++open;
    if ((c == ']' || c == '}') && open > 0) --open;
    if (open > kMaxOpen) return at_offset(text, offset, file, "nested deeper than 32");
  }
  return {};
}

Result<std::string> load_text(const std::string& path) {
  std::error_code code;
  const auto status = std::filesystem::status(path, code);
  if (status.type() == std::filesystem::file_type::not_found) {
    return fail(ErrorKind::not_found, cat("there is no file ", path));
  }
  if (code) return fail(ErrorKind::unavailable, cat("cannot read ", path, ": ", code.message()));
  if (!std::filesystem::is_regular_file(status)) return fail(ErrorKind::invalid, cat(path, " is no file"));
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return fail(ErrorKind::denied, cat("cannot read ", path));
  std::string text(kMaxBytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) return fail(ErrorKind::unavailable, cat("cannot read ", path));
  text.resize(static_cast<size_t>(stream.gcount()));
  const auto checked = checked_text(text, path);
  if (!checked) return forward(checked);
  return std::string(*checked);
}

}  // namespace oree::config
