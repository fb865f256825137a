// The certificate as a page for people: what was promised, what was measured, on which machine.
#include <algorithm>

#include "base/text.h"
#include "services/certification/certificate.h"
#include "services/certification/gates.h"

namespace oree::certification {

namespace {

constexpr std::string_view kStyle =
    R"(:root{color-scheme:light dark;--ink:#1c2127;--soft:#5d6875;--line:#d8dde3;
--paper:#fff;--good:#1f7a4d;--bad:#b3261e;--open:#8a6100;--bar:#2f6fae;--bar2:#9fb4c8}
@media (prefers-color-scheme:dark){:root{--ink:#e8ebee;--soft:#9aa6b2;--line:#333b44;--paper:#15191d;--good:#5cc48f;
--bad:#f2837b;--open:#e0b04a;--bar:#6aa9e6;--bar2:#4a5a6a}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:820px;margin:0 auto;padding:32px 24px}h1{font-size:26px;margin:0}h2{font-size:17px;margin:28px 0 8px}
.sub{color:var(--soft);margin:2px 0 0;overflow-wrap:anywhere}.seal{display:inline-block;margin:16px 0 0;padding:4px 12px;
border:2px solid;border-radius:6px;font-weight:600}table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;padding:6px 10px 6px 0;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:500}.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}.holds{color:var(--good)}
.fails{color:var(--bad)}.open{color:var(--open)}code{font:13px ui-monospace,monospace;overflow-wrap:anywhere}
.bars{display:grid;grid-template-columns:max-content 1fr max-content;gap:4px 12px;align-items:center;margin:14px 0 0;
font-size:13px;break-inside:avoid}.bars p{grid-column:1/-1;margin:0;color:var(--soft)}.bars i{display:block;height:14px;
border-radius:2px;background:var(--bar2);print-color-adjust:exact;-webkit-print-color-adjust:exact}.bars i.last{background:var(--bar)}
ul{padding-left:20px;margin:6px 0}li{overflow-wrap:anywhere}
@media (max-width:600px){main{padding:20px 16px}h1{font-size:21px;overflow-wrap:anywhere}tr.head{display:none}
tr{display:block;padding:8px 0;border-bottom:1px solid var(--line)}th,td,td.n{display:block;text-align:left;padding:0;border:0}
td:first-child{font-weight:600}td:empty{display:none}td[data-of]::before{content:attr(data-of) " ";color:var(--soft)}}
@page{size:A4;margin:16mm}@media print{:root{--ink:#000;--soft:#444;--line:#bbb;--paper:#fff;--good:#14613b;
--bad:#9a1a13;--open:#6d4d00}main{max-width:none;padding:0}tr{break-inside:avoid}
body{font-size:10.5px;line-height:1.3}h1{font-size:18px}h2{font-size:12px;margin:9px 0 2px}.seal{margin:6px 0 0;padding:2px 8px}
table{font-size:10px}th,td{padding:2px 8px 2px 0}code{font-size:9px}
.bars{width:58%;font-size:9px;gap:1px 8px;margin:5px 0 0}.bars i{height:8px}ul{margin:2px 0;padding-left:14px}}
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

const json::Value& at(const json::Value& value, std::string_view key) {
  static const json::Value kNothing;
  const json::Value* found = value.find(key);
  return found == nullptr ? kNothing : *found;
}
std::string text_at(const json::Value& value, std::string_view key) {
  const std::string* text = at(value, key).text();
  return text == nullptr ? "" : escaped(*text);
}
double number_at(const json::Value& value, std::string_view key, double otherwise = 0) {
  return at(value, key).number().value_or(otherwise);
}
const json::Array& list_at(const json::Value& value, std::string_view key) {
  static const json::Array kNone;
  const json::Array* list = at(value, key).array();
  return list == nullptr ? kNone : *list;
}
std::string percent(double share) {
  return cat(fixed(share * 100, 1), " %");
}

// One bar per stage, as long as its share of the longest.
std::string bars(const json::Array& stages, std::string_view key, std::string_view title,
                 std::string (*text)(double)) {
  double most = 0;
  size_t rows = 0;
  for (const json::Value& stage : stages) {
    const double value = number_at(stage, key, -1);
    most = std::max(most, value);
    rows += value >= 0 ? 1 : 0;
  }
  if (most <= 0 || rows == 0) return "";
  std::string out = cat("<div class=\"bars\"><p>", title, "</p>");
  size_t row = 0;
  for (const json::Value& stage : stages) {
    const double value = number_at(stage, key, -1);
    if (value < 0) continue;
    out += cat("<span>", text_at(stage, "name"), "</span><i", ++row == rows ? " class=\"last\"" : "",
               " style=\"width:", fixed(std::max(100 * value / most, 0.5), 1), "%\"></i><span class=\"n\">",
               text(value), "</span>");
  }
  return out + "</div>";
}

// "2026-11-30 03:43 UTC" of the certificate's time, which has microseconds.
std::string minute_of(const json::Value& c) {
  const std::string issued = text_at(c, "issued");
  return issued.size() < 16 ? issued : cat(issued.substr(0, 10), " ", issued.substr(11, 5), " UTC");
}

std::string gates_table(const json::Value& certificate) {
  std::string out =
      "<h2>Gates</h2><table><tr "
      "class=\"head\"><th>Gate</th><th>Limit</th><th>Measured</th><th>Verdict</th></tr>";
  for (const json::Value& gate : list_at(certificate, "gates")) {
    const std::string verdict = text_at(gate, "verdict");
    const std::string why = text_at(gate, "why");
    out += cat("<tr><td>", text_at(gate, "name"), "</td><td data-of=\"limit:\">", text_at(gate, "limit"),
               "</td><td data-of=\"measured:\">", text_at(gate, "measured"),
               why.empty() ? "" : cat("<br><span class=\"open\">", why, "</span>"), "</td><td class=\"",
               verdict, "\">", verdict, "</td></tr>");
  }
  return out + "</table>";
}

std::string stages_table(const json::Value& certificate) {
  const json::Array& stages = list_at(certificate, "stages");
  std::string out =
      "<h2>Stages</h2><table><tr class=\"head\"><th>Stage</th><th>What was done</th><th "
      "class=\"n\">Accuracy</th>"
      "<th class=\"n\">File</th><th class=\"n\">p50</th></tr>";
  for (const json::Value& stage : stages) {
    const double accuracy = number_at(stage, "accuracy", -1), time = number_at(stage, "p50_ms", -1);
    out += cat("<tr><td>", text_at(stage, "name"), "</td><td>", text_at(stage, "what"),
               "</td><td class=\"n\" data-of=\"accuracy\">", accuracy < 0 ? "" : percent(accuracy),
               "</td><td class=\"n\" data-of=\"file\">",
               size_text(static_cast<uint64_t>(number_at(stage, "bytes"))),
               "</td><td class=\"n\" data-of=\"p50\">", time < 0 ? "" : time_text(time), "</td></tr>");
  }
  out += "</table>";
  out += bars(stages, "accuracy", "Accuracy", percent);
  out += bars(stages, "bytes", "File", [](double bytes) { return size_text(static_cast<uint64_t>(bytes)); });
  out += bars(stages, "p50_ms", "Time of one run", time_text);
  return out;
}

std::string rows_of_facts(const json::Value& c, std::string_view key) {
  const json::Value& model = at(c, "model");
  const json::Value& source = at(c, "source");
  const json::Value& fusion = at(c, "fusion");
  const auto row = [](std::string_view name, const std::string& value) {
    return value.empty() ? "" : cat("<tr><th>", name, "</th><td>", value, "</td></tr>");
  };
  return "<h2>What this is about</h2><table>" +
         row("Network", cat(text_at(model, "file"), "<br><code>", text_at(model, "sha256"), "</code>")) +
         row("Made from", cat(text_at(source, "file"), "<br><code>", text_at(source, "sha256"), "</code>")) +
         row("Recipe", text_at(c, "recipe")) + row("Measured on", text_at(c, "measured_on")) +
         row("Runtime", text_at(c, "runtime")) + row("Scored by", text_at(c, "score_by")) +
         row("Samples", cat(text_at(at(c, "data"), "folder"), "<br><code>", text_at(at(c, "data"), "sha256"),
                            "</code>")) +
         row("Fusion", cat(number_at(fusion, "agreed"), " of ", number_at(fusion, "predicted"),
                           " predicted integer kernels are what the runtime runs")) +
         row("Signed with", cat("<code>", escaped(key), "</code>")) + "</table>";
}

std::string list_of(const json::Value& c, std::string_view key, std::string_view title) {
  const json::Array& lines = list_at(c, key);
  if (lines.empty()) return "";
  std::string out = cat("<h2>", title, "</h2><ul>");
  for (const json::Value& line : lines) {
    if (line.text() != nullptr) out += cat("<li>", escaped(*line.text()), "</li>");
  }
  return out + "</ul>";
}

}  // namespace

std::string page(const json::Value& c, std::string_view key) {
  const bool holds = at(c, "holds").boolean() != nullptr && *at(c, "holds").boolean();
  const std::string name = text_at(at(c, "model"), "file");
  return cat(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">",
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>Certificate: ", name,
      "</title><style>", kStyle, "</style></head><body><main><h1>", name, " for ", text_at(c, "target"),
      "</h1><p class=\"sub\">", minute_of(c), "</p><p class=\"seal ", holds ? "holds" : "fails", "\">",
      holds ? "All measured gates hold" : "Not certified: a gate fails", "</p>", gates_table(c),
      stages_table(c), rows_of_facts(c, key), list_of(c, "notes", "Notes"),
      list_of(c, "left_in_float", "Left in float"), "</main></body></html>\n");
}

}  // namespace oree::certification
