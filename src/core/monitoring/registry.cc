#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <variant>

#include "base/text.h"
#include "core/monitoring/histogram_state.h"

namespace oree::monitoring {
namespace {

using Read = std::function<double()>;
using Value = std::variant<std::unique_ptr<Counter>, std::unique_ptr<Gauge>, std::unique_ptr<Histogram>,
                           std::shared_ptr<const Read>>;

struct Metric {
  Labels labels;
  Value value;
};

struct Family {
  std::string help;
  std::string_view type;
  std::vector<Metric> metrics;
};

// [a-zA-Z_:][a-zA-Z0-9_:]*; labels the same without the colon.
std::string clean_name(std::string_view name, bool colon) {
  std::string clean;
  for (const char c : name) {
    const bool digit = c >= '0' && c <= '9';
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (colon && c == ':');
    if (digit && clean.empty()) clean += '_';
    clean += letter || digit ? c : '_';
  }
  return clean.empty() ? "_" : clean;
}

std::string escape(std::string_view text, bool quotes) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\\' || (quotes && c == '"')) {
      out += {'\\', c};
    } else {
      out += c;
    }
  }
  return out;
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return cat(value);
}

// {a="1",le="0.5"} or nothing.
std::string label_text(const Labels& labels, std::string_view le = {}, std::string_view bound = "le") {
  std::string out;
  for (const auto& [name, value] : labels) {
    out += cat(out.empty() ? "{" : ",", name, "=\"", escape(value, true), "\"");
  }
  if (!le.empty()) out += cat(out.empty() ? "{" : ",", bound, "=\"", le, "\"");
  return out.empty() ? out : out + "}";
}

Labels clean_labels(Labels labels) {
  for (auto& [name, value] : labels) name = clean_name(name, false);
  std::ranges::sort(labels);
  return labels;
}

std::string heading(std::string_view name, std::string_view help, std::string_view type) {
  return cat("# HELP ", name, " ", escape(help, false), "\n# TYPE ", name, " ", type, "\n");
}

}  // namespace

class HistogramText {
 public:
  static void print(std::string& out, std::string_view name, const Labels& labels,
                    const Histogram& histogram) {
    const auto& counts = *histogram.state_;
    uint64_t below = 0;
    for (size_t i = 0; i < kLadder.size(); ++i) {
      below += counts.ladder[i].load(std::memory_order_relaxed);
      const std::string le = number(static_cast<double>(kLadder[i]) / 1e6);
      out += cat(name, "_bucket", label_text(labels, le), " ", below, "\n");
    }
    below += counts.ladder.back().load(std::memory_order_relaxed);
    const double sum = static_cast<double>(counts.sum_us.load(std::memory_order_relaxed)) / 1e6;
    out += cat(name, "_bucket", label_text(labels, "+Inf"), " ", below, "\n");
    out += cat(name, "_sum", label_text(labels), " ", number(sum), "\n");
    out += cat(name, "_count", label_text(labels), " ", below, "\n");
  }
};

struct Registry::State {
  mutable std::mutex mutex;
  std::map<std::string, Family, std::less<>> families;
  // A name taken by another type is our own mistake. The caller still gets something to count on; it is only
  // not shown, because Prometheus would refuse the whole page.
  std::vector<Value> strays;

  std::mutex looking;  // taken before `mutex`: one look at a time, and none while a source goes
  std::map<uint64_t, Write> sources;
  uint64_t numbers = 0;

  template <class T>
  T& get(std::string_view name, std::string_view help, Labels labels, std::string_view type);
  void print(std::string& out, std::string_view name, const Metric& metric) const;
  std::string source_text();
};

template <class T>
T& Registry::State::get(std::string_view name, std::string_view help, Labels labels, std::string_view type) {
  const std::lock_guard lock(mutex);
  Family& family =
      families.try_emplace(clean_name(name, true), Family{std::string(help), type, {}}).first->second;
  labels = clean_labels(std::move(labels));
  const auto same = [&](const Metric& metric) { return metric.labels == labels; };
  const auto found = std::ranges::find_if(family.metrics, same);
  if (found != family.metrics.end()) {
    if (const auto* known = std::get_if<std::unique_ptr<T>>(&found->value)) return **known;
  } else if (family.type == type) {
    family.metrics.push_back({std::move(labels), std::make_unique<T>()});
    return *std::get<std::unique_ptr<T>>(family.metrics.back().value);
  }
  strays.push_back(std::make_unique<T>());
  return *std::get<std::unique_ptr<T>>(strays.back());
}

Registry::Registry() : state_(std::make_shared<State>()) {}
Registry::~Registry() = default;

Counter& Registry::counter(std::string_view name, std::string_view help, Labels labels) {
  return state_->get<Counter>(name, help, std::move(labels), "counter");
}

Gauge& Registry::gauge(std::string_view name, std::string_view help, Labels labels) {
  return state_->get<Gauge>(name, help, std::move(labels), "gauge");
}

Histogram& Registry::histogram(std::string_view name, std::string_view help, Labels labels) {
  return state_->get<Histogram>(name, help, std::move(labels), "histogram");
}

void Registry::callback(std::string_view name, std::string_view help, Labels labels, Read read) {
  const std::lock_guard lock(state_->mutex);
  const std::string_view type = name.ends_with("_total") ? "counter" : "gauge";
  auto& families = state_->families;
  Family& family =
      families.try_emplace(clean_name(name, true), Family{std::string(help), type, {}}).first->second;
  if (family.type != type) return;
  labels = clean_labels(std::move(labels));
  auto shared = std::make_shared<const Read>(std::move(read));
  const auto same = [&](const Metric& metric) { return metric.labels == labels; };
  const auto found = std::ranges::find_if(family.metrics, same);
  if (found == family.metrics.end()) {
    family.metrics.push_back({std::move(labels), std::move(shared)});
  } else if (std::holds_alternative<std::shared_ptr<const Read>>(found->value)) {
    found->value = std::move(shared);
  }
}

namespace {

// Families that sources write, put together by name.
class SourceText final : public Exposition {
 public:
  void counter(std::string_view name, std::string_view help, const Labels& labels, double value) override {
    lines_of(name, help, "counter") += cat(name, label_text(clean_labels(labels)), " ", number(value), "\n");
  }
  void gauge(std::string_view name, std::string_view help, const Labels& labels, double value) override {
    lines_of(name, help, "gauge") += cat(name, label_text(clean_labels(labels)), " ", number(value), "\n");
  }
  void histogram(std::string_view name, std::string_view help, const Labels& labels,
                 const Histogram& histogram) override {
    HistogramText::print(lines_of(name, help, "histogram"), name, clean_labels(labels), histogram);
  }
  void summary_us(std::string_view name, std::string_view help, const Labels& labels,
                  const Histogram& histogram) override {
    std::string& out = lines_of(name, help, "summary");
    const Labels clean = clean_labels(labels);
    for (const std::string_view quantile : {"0.5", "0.9", "0.95", "0.99", "0.999"}) {
      const auto us = histogram.percentile(100 * parse_number<double>(quantile).value_or(0)).count();
      out += cat(name, label_text(clean, quantile, "quantile"), " ", us, "\n");
    }
    out += cat(name, "_sum", label_text(clean), " ", histogram.sum().count(), "\n");
    out += cat(name, "_count", label_text(clean), " ", histogram.count(), "\n");
  }
  std::string text() const {
    std::string out;
    for (const auto& [name, lines] : families_) out += lines;
    return out;
  }

 private:
  std::string& lines_of(std::string_view name, std::string_view help, std::string_view type) {
    const auto [at, fresh] = families_.try_emplace(std::string(name));
    if (fresh) at->second = heading(name, help, type);
    return at->second;
  }
  std::map<std::string, std::string> families_;
};

}  // namespace

std::shared_ptr<void> Registry::source(Write write) {
  const std::lock_guard lock(state_->mutex);
  const uint64_t number = ++state_->numbers;
  state_->sources.emplace(number, std::move(write));
  return std::shared_ptr<void>(nullptr, [state = state_, number](void*) {
    const std::lock_guard looking(state->looking);
    const std::lock_guard last(state->mutex);
    state->sources.erase(number);
  });
}

std::string Registry::prometheus() const {
  // Callbacks run after the lock is gone: they may ask the registry, or take long.
  struct Line {
    std::string text;
    std::shared_ptr<const Read> read;
  };
  std::vector<Line> lines;
  {
    const std::lock_guard lock(state_->mutex);
    for (const auto& [name, family] : state_->families) {
      if (family.metrics.empty()) continue;
      lines.push_back({heading(name, family.help, family.type), nullptr});
      for (const Metric& metric : family.metrics) {
        const auto* read = std::get_if<std::shared_ptr<const Read>>(&metric.value);
        Line line{"", read != nullptr ? *read : nullptr};
        if (read != nullptr) {
          line.text = cat(name, label_text(metric.labels), " ");
        } else {
          state_->print(line.text, name, metric);
        }
        lines.push_back(std::move(line));
      }
    }
  }
  std::string out;
  for (const auto& [text, read] : lines) {
    out += text;
    if (read) out += cat(number((*read)()), "\n");
  }
  return out + state_->source_text();
}

// Sources run under no lock that registering takes: they may ask the registry, or take long.
std::string Registry::State::source_text() {
  const std::lock_guard one_look(looking);
  std::vector<const Write*> writes;
  {
    const std::lock_guard lock(mutex);
    for (const auto& [number, write] : sources) writes.push_back(&write);
  }
  SourceText text;
  for (const Write* write : writes) (*write)(text);
  return text.text();
}

void Registry::State::print(std::string& out, std::string_view name, const Metric& metric) const {
  if (const auto* counter = std::get_if<std::unique_ptr<Counter>>(&metric.value)) {
    out += cat(name, label_text(metric.labels), " ", (*counter)->value(), "\n");
  } else if (const auto* gauge = std::get_if<std::unique_ptr<Gauge>>(&metric.value)) {
    out += cat(name, label_text(metric.labels), " ", number((*gauge)->value()), "\n");
  } else if (const auto* histogram = std::get_if<std::unique_ptr<Histogram>>(&metric.value)) {
    HistogramText::print(out, name, metric.labels, **histogram);
  }
}

}  // namespace oree::monitoring
