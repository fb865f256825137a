// Text to Node: the checks yaml-cpp does not make come first, then its exceptions become sentences.
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <sstream>
#include <tuple>

#include "base/text.h"
#include "platform/config/builder.h"
#include "platform/config/text_file.h"

namespace oree::config {
namespace {

// The text from this place on; yaml-cpp counts columns in bytes too.
std::string_view text_from(std::string_view text, int line, int column) {
  for (; line > 1; --line) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(std::min(text.size(), static_cast<size_t>(column - 1)));
}

// yaml-cpp takes the end of the file for a closing quote when a new line stands before it. Such a text
// swallows all that follows, so only the last value of a file can be one.
bool is_closed(std::string_view from) {
  while (from.starts_with('&') || from.starts_with('!')) {  // anchor and tag stand in front
    from.remove_prefix(std::min(from.size(), from.find_first_of(" \t\r\n")));
    from.remove_prefix(std::min(from.size(), from.find_first_not_of(" \t\r\n")));
  }
  if (!from.starts_with('"') && !from.starts_with('\'')) return true;
  const char quote = from.front();
  for (size_t at = 1; at < from.size(); ++at) {
    if (quote == '"' && from[at] == '\\') {
      ++at;
    } else if (from[at] == quote) {
      if (quote == '"' || !from.substr(at + 1).starts_with(quote)) return true;
      ++at;
    }
  }
  return false;
}

// Inside brackets, so in JSON, tabs are fine.
bool indented_with_tab(std::string_view text, int line) {
  if (trim(text).starts_with('{') || trim(text).starts_with('[')) return false;
  text = text_from(text, line, 1);
  return text.substr(0, text.find_first_not_of(" \t")).find('\t') != std::string_view::npos;
}

// yaml-cpp's words are for people who know its scanner.
std::string explain(std::string_view message) {
  struct Row {
    std::string_view theirs;
    std::string_view ours;
  };
  constexpr Row kRows[] = {
      {"illegal map value", "a ':' does not fit here; check the indentation, or quote the text"},
      {"illegal block entry", "a '-' does not fit here; check the indentation"},
      {"illegal flow end", "a closing bracket without an opening one"},
      {"end of sequence flow not found", "the list that begins here is not closed with ']'"},
      {"end of map flow not found", "the map that begins here is not closed with '}'"},
      {"end of sequence not found", "the list that begins here ends in a wrong place; check the indentation"},
      {"end of map not found", "the map that begins here ends in a wrong place; check the indentation"},
      {"illegal EOF in scalar", "the text in quotes is not closed"},
      {"unknown token", "this character cannot begin a value; quote the text"},
      {"the referenced anchor is not defined", "the alias stands for nothing: no such anchor before it"},
  };
  for (const auto& [theirs, ours] : kRows) {
    if (message == theirs) return std::string(ours);
  }
  return std::string(message);
}

std::unexpected<Error> yaml_error(const YAML::Exception& error, const NodeBuilder& builder,
                                  std::string_view text, std::string_view file) {
  auto [line, column] = std::pair(error.mark.line + 1, error.mark.column + 1);
  // For what is not closed yaml-cpp names no place; the beginning is the useful one.
  if (error.msg.starts_with("end of ")) std::tie(line, column) = builder.innermost();
  if (indented_with_tab(text, line)) {
    return at(file, line, column, "the line is indented with a tab; YAML wants spaces");
  }
  return at(file, std::max(line, 1), std::max(column, 1), explain(error.msg));
}

}  // namespace

Result<Node> parse(std::string_view text, std::string_view file) {
  const auto checked = checked_text(text, file);
  if (!checked) return forward(checked);
  text = *checked;
  if (auto status = check_brackets(text, file); !status) return forward(status);
  NodeBuilder builder(file);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
    const auto last = builder.last_quoted();
    if (last && !is_closed(text_from(text, last->first, last->second))) {
      return at(file, last->first, last->second, "the text in quotes that begins here is not closed");
    }
    return builder.take_root();
  } catch (const Stop& stop) {
    return at(file, stop.line, stop.column, stop.what);
  } catch (const YAML::Exception& error) {
    return yaml_error(error, builder, text, file);
  } catch (const std::exception& error) {
    return at(file, 1, 1, error.what());
  }
}

Result<Node> load(const std::string& path) {
  const auto text = load_text(path);
  if (!text) return forward(text);
  return parse(*text, path);
}

}  // namespace oree::config
