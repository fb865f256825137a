#include "services/serving/scheduler/metrics.h"

#include <algorithm>
#include <array>

namespace oree::serving {

namespace {

using inference::Duration;
using inference::FailureReason;
using inference::ModelStatistics;
using monitoring::Exposition;
using monitoring::Labels;

double microseconds_of(const Duration& duration) {
  return static_cast<double>(duration.ns) / 1e3;
}

struct CounterRow {
  const char* name;
  const char* help;
  double (*read)(const ModelStatistics& statistics);
};

// https://github.com/triton-inference-server/server, docs/user_guide/metrics.md
constexpr std::array kCounters{
    CounterRow{"nv_inference_request_success", "Number of successful inference requests",
               [](const ModelStatistics& s) { return static_cast<double>(s.success.count); }},
    CounterRow{"nv_inference_count", "Number of inferences performed (batch entries, cached ones excluded)",
               [](const ModelStatistics& s) { return static_cast<double>(s.inference_count); }},
    CounterRow{"nv_inference_exec_count", "Number of runs of the network",
               [](const ModelStatistics& s) { return static_cast<double>(s.execution_count); }},
    CounterRow{"nv_inference_request_duration_us", "Cumulative duration of successful requests",
               [](const ModelStatistics& s) { return microseconds_of(s.success); }},
    CounterRow{"nv_inference_queue_duration_us", "Cumulative time that requests waited in the queue",
               [](const ModelStatistics& s) { return microseconds_of(s.queue); }},
    CounterRow{"nv_inference_compute_input_duration_us", "Cumulative time of laying inputs together",
               [](const ModelStatistics& s) { return microseconds_of(s.compute_input); }},
    CounterRow{"nv_inference_compute_infer_duration_us", "Cumulative time of running the network",
               [](const ModelStatistics& s) { return microseconds_of(s.compute_infer); }},
    CounterRow{"nv_inference_compute_output_duration_us", "Cumulative time of handing outputs out",
               [](const ModelStatistics& s) { return microseconds_of(s.compute_output); }},
    CounterRow{"nv_cache_num_hits_per_model", "Number of answers from the response cache",
               [](const ModelStatistics& s) { return static_cast<double>(s.cache_hit.count); }},
    CounterRow{"nv_cache_num_misses_per_model", "Number of answers that were not in the response cache",
               [](const ModelStatistics& s) { return static_cast<double>(s.cache_miss.count); }},
    CounterRow{"nv_cache_hit_duration_per_model",
               "Cumulative time of answering from the cache, in microseconds",
               [](const ModelStatistics& s) { return microseconds_of(s.cache_hit); }},
    CounterRow{"nv_cache_miss_duration_per_model",
               "Cumulative time of looking in the cache in vain and keeping the answer, in microseconds",
               [](const ModelStatistics& s) { return microseconds_of(s.cache_miss); }},
};

constexpr std::array kGauges{
    CounterRow{"nv_inference_pending_request_count", "Number of requests that wait or run now",
               [](const ModelStatistics& s) { return static_cast<double>(s.pending); }},
    CounterRow{"nv_model_load_duration_secs", "How long loading took",
               [](const ModelStatistics& s) { return s.load_seconds; }},
    CounterRow{"oree_model_memory_bytes", "What the version holds, as far as it is known",
               [](const ModelStatistics& s) { return static_cast<double>(s.memory_bytes); }},
};

struct ReasonRow {
  FailureReason reason;
  const char* label;
};
constexpr std::array kReasons{
    ReasonRow{FailureReason::rejected, "REJECTED"}, ReasonRow{FailureReason::canceled, "CANCELED"},
    ReasonRow{FailureReason::backend, "BACKEND"}, ReasonRow{FailureReason::other, "OTHER"}};

struct HistogramRow {
  const char* name;
  const char* help;
  monitoring::Histogram Latencies::* histogram;
};
constexpr std::array kHistograms{
    HistogramRow{"oree_inference_request_seconds", "From a request's arrival to its answer",
                 &Latencies::request},
    HistogramRow{"oree_inference_queue_seconds", "How long requests waited in the queue", &Latencies::queue},
    HistogramRow{"oree_inference_run_seconds", "How long the network ran for requests", &Latencies::infer},
};

// Triton shows these when --metrics-config summary_latencies=true says so.
constexpr std::array kSummaries{
    HistogramRow{"nv_inference_request_summary_us", "From a request's arrival to its answer",
                 &Latencies::request},
    HistogramRow{"nv_inference_queue_summary_us", "How long requests waited in the queue", &Latencies::queue},
    HistogramRow{"nv_inference_compute_input_summary_us", "Laying inputs together", &Latencies::input},
    HistogramRow{"nv_inference_compute_infer_summary_us", "Running the network", &Latencies::infer},
    HistogramRow{"nv_inference_compute_output_summary_us", "Handing outputs out", &Latencies::output},
};

}  // namespace

ModelMetrics::ModelMetrics(monitoring::Registry& registry, const ResponseCache* cache)
    : cache_(cache),
      looked_(monitoring::read_host_usage()),
      source_(registry.source([this](Exposition& out) { write(out); })) {}

void ModelMetrics::add(const std::shared_ptr<Scheduled>& model,
                       const std::map<std::string, std::string>& tags) {
  Labels labels{{"model", model->description().name}, {"version", model->description().version}};
  for (const auto& [key, value] : tags) labels.emplace_back("_" + key, value);
  const std::lock_guard lock(mutex_);
  std::erase_if(shown_, [](const Shown& shown) { return shown.model.expired(); });
  // A successor under the same name takes the place of the one that finishes its calls.
  std::erase_if(shown_, [&](const Shown& shown) { return shown.labels == labels; });
  shown_.push_back({model, std::move(labels)});
}

// Since somebody looked last.
double ModelMetrics::utilization(const monitoring::HostUsage& host) {
  const double busy = host.host_busy_seconds - looked_.host_busy_seconds;
  const double idle = host.host_idle_seconds - looked_.host_idle_seconds;
  if (busy + idle > 0.1) {
    utilization_ = busy / (busy + idle);
    looked_ = host;
  }
  return utilization_;
}

void ModelMetrics::write(Exposition& out) {
  const monitoring::HostUsage host = monitoring::read_host_usage();
  std::vector<Shown> shown;
  double utilized = 0;
  {
    const std::lock_guard lock(mutex_);
    shown = shown_;
    utilized = utilization(host);
  }
  for (const Shown& each : shown) {
    if (const std::shared_ptr<Scheduled> model = each.model.lock()) write_model(out, *model, each.labels);
  }
  out.gauge("nv_cpu_utilization", "Share of this machine's processors in use since the last look, 0 to 1", {},
            utilized);
  out.gauge("nv_cpu_memory_total_bytes", "Memory of this machine", {},
            static_cast<double>(host.host_memory_bytes));
  out.gauge("nv_cpu_memory_used_bytes", "Memory of this machine that is in use", {},
            static_cast<double>(host.host_memory_bytes - host.host_available_bytes));
  if (cache_ == nullptr) return;
  out.gauge("oree_response_cache_bytes", "What the response cache holds", {},
            static_cast<double>(cache_->bytes()));
  out.gauge("oree_response_cache_entries", "Answers in the response cache", {},
            static_cast<double>(cache_->entries()));
}

void ModelMetrics::write_model(Exposition& out, const Scheduled& model, const Labels& labels) const {
  const ModelStatistics statistics = model.statistics();
  for (const CounterRow& row : kCounters) out.counter(row.name, row.help, labels, row.read(statistics));
  for (const CounterRow& row : kGauges) out.gauge(row.name, row.help, labels, row.read(statistics));
  for (const ReasonRow& row : kReasons) {
    Labels with_reason = labels;
    with_reason.emplace_back("reason", row.label);
    out.counter("nv_inference_request_failure", "Number of failed inference requests", with_reason,
                static_cast<double>(statistics.failures[static_cast<size_t>(row.reason)]));
  }
  for (const HistogramRow& row : kHistograms)
    out.histogram(row.name, row.help, labels, model.latencies().*row.histogram);
  for (const HistogramRow& row : kSummaries)
    out.summary_us(row.name, row.help, labels, model.latencies().*row.histogram);
}

}  // namespace oree::serving
