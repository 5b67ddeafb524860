#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <dsc/clock.hpp>

#include "open_inference.pb.h"

namespace dsc::oip {

/// Queue and execution time of a request, as a server tells them.
struct reported_load {
  seconds queue{};
  seconds tail{};
};

/// What Triton's statistics say of each model: averages over the requests between two looks.
class load_statistics {
 public:
  /// Whether it is time to ask for a model's statistics; if so, that counts as asked.
  bool due(time_point now) {
    if (unknown_ || now < next_) return false;
    next_ = deadline_after(now, period);
    return true;
  }
  /// The server has none.
  void give_up() { unknown_ = true; }

  void learn(inference::ModelStatistics const& counted, time_point now) {
    auto const& stats = counted.inference_stats();
    model& known = models_[counted.name()];
    totals const latest{stats.queue().count(), stats.queue().ns(),
                        stats.compute_input().ns() + stats.compute_infer().ns() + stats.compute_output().ns()};
    if (known.seen && latest.count > known.last.count && latest.queue >= known.last.queue &&
        latest.tail >= known.last.tail) {
      double const requests = static_cast<double>(latest.count - known.last.count);
      known.load = {seconds{static_cast<double>(latest.queue - known.last.queue) * 1e-9 / requests},
                    seconds{static_cast<double>(latest.tail - known.last.tail) * 1e-9 / requests}};
      known.valid_until = deadline_after(now, seconds{10 * period.count()});
    }
    known.last = latest;
    known.seen = true;
  }

  /// Nothing where no recent average is known.
  std::optional<reported_load> load_of(std::string const& name, time_point now) const {
    auto const found = models_.find(name);
    if (found == models_.end() || now > found->second.valid_until) return std::nullopt;
    return found->second.load;
  }

 private:
  static constexpr seconds period{1.0};

  struct totals {
    std::uint64_t count = 0, queue = 0, tail = 0;  // times in nanoseconds
  };
  struct model {
    bool seen = false;
    totals last;
    reported_load load;
    time_point valid_until{};
  };

  bool unknown_ = false;
  time_point next_{};
  std::map<std::string, model> models_;
};

}  // namespace dsc::oip
