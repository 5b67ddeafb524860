#pragma once

#include <functional>
#include <memory>
#include <string>

#include <dsc/run/deployment.hpp>

#include "server/counters.hpp"

namespace dsc::oip {

/// Whether this build can export metrics.
bool can_export_metrics();

/// Exports counters for Prometheus, by HTTP.
class metrics {
 public:
  /// What is referred to must outlive it. Throws `bad_address` where it cannot listen, and where
  /// this build has no prometheus-cpp.
  metrics(std::string const& address, deployment const& served, counters const& counts,
          std::function<std::size_t()> queue_length);
  metrics(metrics const&) = delete;
  metrics& operator=(metrics const&) = delete;
  ~metrics();

  std::string address() const;

 private:
  class exporter;
  std::unique_ptr<exporter> exporter_;
};

}  // namespace dsc::oip
