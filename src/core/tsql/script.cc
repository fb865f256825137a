#include "core/tsql/script.h"

#include <array>

namespace oree::tsql {
namespace {

// Words that begin a statement when they stand first on their line and in no parentheses. SELECT and WITH are
// not among them: they also go on after INSERT, CREATE VIEW or UNION.
constexpr std::array<std::string_view, 5> kBeginners = {"DECLARE", "EXEC", "EXECUTE", "ALTER", "CREATE"};

// A statement that is whole before any new line may follow.
bool ends_by_itself(TokenSpan statement) {
  constexpr std::array<std::string_view, 4> kSimple = {"DECLARE", "EXEC", "EXECUTE", "SET"};
  for (const std::string_view word : kSimple) {
    if (statement.front().is_word(word)) return true;
  }
  return false;
}

bool begins(TokenSpan script, size_t at) {
  if (script[at - 1].line == script[at].line) return false;
  for (const std::string_view word : kBeginners) {
    if (script[at].is_word(word)) return true;
  }
  return script[at].is_word("SET") && at + 1 < script.size() && script[at + 1].kind == TokenKind::variable;
}

bool begins_query(const Token& token) {
  constexpr std::array<std::string_view, 6> kQueries = {"SELECT", "WITH",   "INSERT",
                                                        "UPDATE", "DELETE", "DROP"};
  for (const std::string_view word : kQueries) {
    if (token.is_word(word)) return true;
  }
  return false;
}

// CREATE [TEMP] TRIGGER … BEGIN …; …; END
bool is_trigger(TokenSpan statement) {
  for (size_t i = 1; i < statement.size() && i < 3; ++i) {
    if (statement[i].is_word("TRIGGER")) return statement.front().is_word("CREATE");
  }
  return false;
}

// Whether what stands before `at` needs no more, so that a query there is a new statement.
bool may_end_before(TokenSpan statement) {
  const Token& last = statement.back();
  if (last.kind != TokenKind::punctuation) return !last.is_word("AS");
  return last.is(")");
}

}  // namespace

std::vector<TokenSpan> statements(TokenSpan script) {
  std::vector<TokenSpan> found;
  size_t start = 0;
  int depth = 0;
  const auto cut = [&](size_t end, size_t next) {
    if (end > start) found.push_back(script.subspan(start, end - start));
    start = next;
    depth = 0;
  };
  for (size_t i = 0; i < script.size(); ++i) {
    const Token& token = script[i];
    if (token.kind == TokenKind::separator) {
      cut(i, i + 1);
      continue;
    }
    if (token.is("(")) ++depth;
    if (token.is(")")) --depth;
    const TokenSpan so_far = script.subspan(start, i - start);
    if (!so_far.empty() && is_trigger(so_far)) {
      if (token.is(";") && so_far.back().is_word("END")) cut(i, i + 1);
      continue;
    }
    if (token.is(";")) {
      cut(i, i + 1);
    } else if (depth == 0 && !so_far.empty()) {
      const bool query = ends_by_itself(so_far) && script[i - 1].line < token.line && begins_query(token) &&
                         may_end_before(so_far);
      if (begins(script, i) || query) cut(i, i);
    }
  }
  cut(script.size(), script.size());
  return found;
}

}  // namespace oree::tsql
