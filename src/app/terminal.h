// What people see on the terminal: tables, one accent colour, errors in the house form. Colour and progress
// only on a terminal, and never with NO_COLOR set.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace oree::app {

enum class Tone { plain, accent, ok, ko, unsure, muted };

bool is_terminal(int descriptor);
// `text` in its tone, when standard output takes colour.
std::string paint(std::string_view text, Tone tone);
// ✓ OK, ✗ KO, ? NO DECISION, in their colours.
std::string verdict_text(std::string_view decision);

// Columns aligned by what is visible; numbers (all digits and separators) to the right.
void print_table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows);

// error: what happened; a line per mistake. Returns the kind's exit code.
int print_error(const Error& error);
int print_error(const Error& error, std::string_view fix);

// "[#####.....] 42/100  12.3/s  5 s left", rewritten in place; silent when standard error is no terminal.
class Progress {
 public:
  explicit Progress(int total);
  ~Progress();
  void step(int done);

 private:
  int total_;
  bool shown_;
  int64_t started_us_;
};

}  // namespace oree::app
