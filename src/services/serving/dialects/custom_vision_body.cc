#include "services/serving/dialects/custom_vision_body.h"

#include <charconv>
#include <cmath>

#include "base/text.h"
#include "platform/json/value.h"

namespace oree::serving {

namespace {

constexpr float kLeastProbability = 1e-8f;

// numpy's round(x, 8) of a 32-bit float: in 32 bits all the way.
double rounded_score(float score) {
  constexpr float kScale = 1e8f;
  return double{std::rint(score * kScale) / kScale};
}

// Python's round(x, 8): the nearest decimal.
double rounded_fraction(double value) {
  return parse_number<double>(fixed(value, 8)).value_or(value);
}

// 2026-11-22T19:40:52.123456, without fraction on the full second.
std::string python_time(WallTime time) {
  std::string text = iso_text(time);
  text.pop_back();  // Z
  constexpr std::string_view kNoFraction = ".000000";
  if (text.ends_with(kNoFraction)) text.resize(text.size() - kNoFraction.size());
  return text;
}

void put_entry(std::string& out, std::string_view box, float score, std::string_view tag_id,
               std::string_view name) {
  if (out.back() == '}') out += ',';
  out += cat("{\"boundingBox\":", box, ",\"probability\":", python_float(rounded_score(score)),
             ",\"tagId\":", tag_id, ",\"tagName\":");
  json::quote_to(out, name);
  out += '}';
}

std::string box_text(const inference::Box& box, int width, int height) {
  const auto fraction = [](float value, int of) {
    return python_float(rounded_fraction(double{value} / static_cast<double>(of)));
  };
  return cat("{\"height\":", fraction(box.bottom - box.top, height), ",\"left\":", fraction(box.left, width),
             ",\"top\":", fraction(box.top, height), ",\"width\":", fraction(box.right - box.left, width),
             "}");
}

}  // namespace

std::string python_float(double value) {
  char digits[32];  // d.ddde±xx
  const char* end = std::to_chars(digits, digits + sizeof digits, value, std::chars_format::scientific).ptr;
  const std::string_view scientific(digits, end);
  const size_t e = scientific.find('e');
  const std::string_view sign = scientific[e + 1] == '-' ? "-" : "";
  const int exponent = *parse_number<int>(cat(sign, scientific.substr(e + 2)));
  if (value != 0 && (exponent < -4 || exponent >= 16)) return std::string(scientific);
  char plain[64];
  end = std::to_chars(plain, plain + sizeof plain, value, std::chars_format::fixed).ptr;
  const std::string_view text(plain, end);
  return text.find('.') == std::string_view::npos ? cat(text, ".0") : std::string(text);
}

Result<std::string> custom_vision_body(const inference::Prediction& prediction, WallTime created, int width,
                                       int height) {
  if (prediction.kind == inference::PredictionKind::mask) {
    return fail(ErrorKind::unsupported, "this interface has no form for segmentation; ask another one");
  }
  std::string out =
      cat("{\"created\":\"", python_time(created), "\",\"id\":\"\",\"iteration\":\"\",\"predictions\":[");
  for (const inference::LabelScore& each : prediction.classes) {
    if (each.score > kLeastProbability) put_entry(out, "null", each.score, "\"\"", each.label);
  }
  for (const inference::Object& object : prediction.objects) {
    put_entry(out, box_text(object.box, width, height), object.score, cat(object.label_index), object.label);
  }
  return out + "],\"project\":\"\"}\n";
}

}  // namespace oree::serving
