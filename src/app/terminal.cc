#include "app/terminal.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "base/text.h"

namespace oree::app {
namespace {

bool coloured(int descriptor) {
  return is_terminal(descriptor) && std::getenv("NO_COLOR") == nullptr;
}

std::string_view code(Tone tone) {
  switch (tone) {
    case Tone::accent:
      return "\x1b[38;5;35m";
    case Tone::ok:
      return "\x1b[32m";
    case Tone::ko:
      return "\x1b[1;31m";
    case Tone::unsure:
      return "\x1b[33m";
    case Tone::muted:
      return "\x1b[2m";
    case Tone::plain:
      break;
  }
  return "";
}

// Columns a text takes: code points, without escape sequences.
size_t visible(std::string_view text) {
  size_t width = 0;
  bool escape = false;
  for (const char c : text) {
    if (c == '\x1b') escape = true;
    if (!escape && (static_cast<unsigned char>(c) & 0xc0) != 0x80) ++width;
    if (escape && c == 'm') escape = false;
  }
  return width;
}

bool numeric(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.,%-+ ms/s") == std::string_view::npos &&
         text.find_first_of("0123456789") != std::string_view::npos;
}

int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

bool is_terminal(int descriptor) {
  return ::isatty(descriptor) == 1;
}

std::string paint(std::string_view text, Tone tone) {
  if (tone == Tone::plain || !coloured(STDOUT_FILENO)) return std::string(text);
  return cat(code(tone), text, "\x1b[0m");
}

std::string verdict_text(std::string_view decision) {
  if (decision == "OK") return paint("✓ OK", Tone::ok);
  if (decision == "KO") return paint("✗ KO", Tone::ko);
  return paint("? NO DECISION", Tone::unsure);
}

void print_table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& cell : header) widths.push_back(visible(cell));
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size() && i < widths.size(); ++i)
      widths[i] = std::max(widths[i], visible(row[i]));
  }
  const auto line = [&](const std::vector<std::string>& cells, Tone tone) {
    std::string out;
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string pad(widths[i] - std::min(widths[i], visible(cells[i])), ' ');
      const bool right = numeric(cells[i]);
      const bool last = i + 1 == cells.size();
      out += right ? pad + paint(cells[i], tone) : paint(cells[i], tone) + (last ? "" : pad);
      if (!last) out += "  ";
    }
    std::printf("%s\n", out.c_str());
  };
  line(header, Tone::muted);
  for (const auto& row : rows) line(row, Tone::plain);
}

int print_error(const Error& error) {
  return print_error(error, "");
}

int print_error(const Error& error, std::string_view fix) {
  const bool colour = coloured(STDERR_FILENO);
  bool first = true;
  for (const auto line : split(error.what, '\n')) {
    if (first) {
      std::fprintf(stderr, "%serror:%s %.*s\n", colour ? "\x1b[1;31m" : "", colour ? "\x1b[0m" : "",
                   static_cast<int>(line.size()), line.data());
    } else {
      std::fprintf(stderr, "       %.*s\n", static_cast<int>(line.size()), line.data());
    }
    first = false;
  }
  if (!fix.empty()) std::fprintf(stderr, "  fix: %.*s\n", static_cast<int>(fix.size()), fix.data());
  return facts(error.kind).exit_code;
}

Progress::Progress(int total) : total_(total), shown_(is_terminal(STDERR_FILENO)), started_us_(now_us()) {}

Progress::~Progress() {
  if (shown_) std::fprintf(stderr, "\r\x1b[K");
}

void Progress::step(int done) {
  if (!shown_ || total_ <= 0) return;
  constexpr int kWidth = 24;
  const double seconds = static_cast<double>(now_us() - started_us_) / 1e6;
  const double rate = seconds > 0 ? done / seconds : 0;
  const int filled = kWidth * done / total_;
  std::fprintf(stderr, "\r\x1b[K[%s%s] %d/%d  %.1f/s  %.0f s left",
               std::string(static_cast<size_t>(filled), '#').c_str(),
               std::string(static_cast<size_t>(kWidth - filled), '.').c_str(), done, total_, rate,
               rate > 0 ? (total_ - done) / rate : 0.0);
}

}  // namespace oree::app
