#include "server/metrics.hpp"

#include <limits>
#include <utility>

#include <dsc/oip/error.hpp>

#include "address.hpp"

#ifdef DSC_OIP_WITH_PROMETHEUS
#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>
#include <prometheus/text_serializer.h>

#include "server/http_page.hpp"
#endif

namespace dsc::oip {

#ifdef DSC_OIP_WITH_PROMETHEUS

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

ClientMetric with_labels(std::initializer_list<std::pair<char const*, std::string>> labels) {
  ClientMetric metric;
  for (auto const& [name, value] : labels) metric.label.push_back({name, value});
  return metric;
}

ClientMetric histogram_of(std::string const& model, time_histogram const& times) {
  ClientMetric metric = with_labels({{"model", model}});
  metric.histogram.sample_count = times.count;
  metric.histogram.sample_sum = times.sum.count();
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < times.counts.size(); ++i) {
    below += times.counts.at(i);
    double const end = i < bucket_ends.size() ? bucket_ends.at(i) : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back({below, end});
  }
  return metric;
}

// Made of the counters whenever somebody asks, so that nothing is counted twice.
class collection {
 public:
  collection(deployment const& served, counters const& counts, std::function<std::size_t()> queue_length)
      : served_{served}, counts_{counts}, queue_length_{std::move(queue_length)} {}

  std::vector<MetricFamily> families() const {
    MetricFamily requests{"dsc_requests_total", "Requests by what became of them", MetricType::Counter, {}};
    MetricFamily received{"dsc_received_bytes_total", "Bytes of requests", MetricType::Counter, {}};
    MetricFamily sent{"dsc_sent_bytes_total", "Bytes of tensors in answers", MetricType::Counter, {}};
    MetricFamily queue{"dsc_queue_seconds", "From a request's arrival to its first layer", MetricType::Histogram, {}};
    MetricFamily execution{"dsc_execution_seconds", "In a tail's layers", MetricType::Histogram, {}};
    for (std::size_t i = 0; i <= counts_.unknown(); ++i) {
      std::string const model = i < counts_.unknown() ? served_.tails[i].model : "unknown";
      model_counts const counts = counts_.of(i);
      for (std::size_t k = 0; k < outcome_names.size(); ++k)
        add(requests, with_labels({{"model", model}, {"outcome", outcome_names.at(k)}}), counts.outcomes.at(k));
      add(received, with_labels({{"model", model}}), counts.received.count);
      add(sent, with_labels({{"model", model}}), counts.sent.count);
      if (i == counts_.unknown()) continue;
      queue.metric.push_back(histogram_of(model, counts.queue));
      execution.metric.push_back(histogram_of(model, counts.execution));
    }
    MetricFamily length{"dsc_queue_length", "Requests that wait now", MetricType::Gauge, {}};
    length.metric.emplace_back().gauge.value = static_cast<double>(queue_length_());
    return {requests, received, sent, queue, execution, length};
  }

 private:
  static void add(MetricFamily& family, ClientMetric metric, std::uint64_t value) {
    metric.counter.value = static_cast<double>(value);
    family.metric.push_back(std::move(metric));
  }

  deployment const& served_;
  counters const& counts_;
  std::function<std::size_t()> queue_length_;
};

}  // namespace

class metrics::exporter {
 public:
  exporter(host_and_port const& at, deployment const& served, counters const& counts,
           std::function<std::size_t()> queue_length)
      : source_{served, counts, std::move(queue_length)},
        page_{at, "/metrics", [this] { return prometheus::TextSerializer{}.Serialize(source_.families()); }} {}

  std::string address() const { return page_.address(); }

 private:
  collection source_;
  http_page page_;
};

bool can_export_metrics() { return true; }

metrics::metrics(std::string const& address, deployment const& served, counters const& counts,
                 std::function<std::size_t()> queue_length) {
  host_and_port const at = host_and_port_in(address);
  check_can_listen(at);
  exporter_ = std::make_unique<exporter>(at, served, counts, std::move(queue_length));
}

std::string metrics::address() const { return exporter_->address(); }

#else

class metrics::exporter {};

bool can_export_metrics() { return false; }

metrics::metrics(std::string const& address, deployment const&, counters const&, std::function<std::size_t()>) {
  throw error{oip_errc::bad_address, "metrics cannot be exported at '" + address +
                                         "', as this build has no prometheus-cpp; build it where prometheus-cpp-dev is "
                                         "installed"};
}

std::string metrics::address() const { return {}; }

#endif

metrics::~metrics() = default;

}  // namespace dsc::oip
