#include "networks.hpp"

#include <cstdio>
#include <fstream>
#include <optional>

#include <dsc/channel/fixed_rate.hpp>
#include <dsc/cost/profile.hpp>
#include <dsc/emulation/emulated_link.hpp>
#include <dsc/emulation/tail_service.hpp>
#include <dsc/libtorch/stopwatch.hpp>
#include <dsc/measure/profiler.hpp>
#include <dsc/model/bottlenecks.hpp>
#include <dsc/model/zoo/models.hpp>
#include <dsc/plan/planner.hpp>
#include <dsc/run/session.hpp>

#include "steps.hpp"
#include "timing.hpp"

namespace gpu {
namespace {

constexpr double tolerance = 1e-3;  // of answers, relative to the largest number in them: two devices sum in two orders

using planner = dsc::planner<dsc::profile, dsc::profile>;

// Always the same split, or the planner's best for the rate.
struct chooser {
  planner const* plans;
  std::optional<split_point> fixed;
  dsc::data_rate rate;

  dsc::decision decide(batch_size batch) const {
    dsc::fixed_rate const channel{rate};
    return {fixed ? plans->predict(*fixed, batch, channel) : plans->best(batch, channel), rate, {}};
  }
};

struct strategy {
  std::string name;
  std::optional<split_point> split;
};

std::vector<strategy> strategies_for(efficientnet const& net) {
  std::vector<strategy> list{{"dynamic", {}}, {"local", split_point{net.layers().size()}}, {"offload", split_point{0}}};
  for (split_point const split : dsc::compressive_bottlenecks(net.architecture(), dsc::zoo::blocks))
    list.push_back({"static:" + std::to_string(split.layers), split});
  return list;
}

dsc::profile profile_of(efficientnet const& net, std::vector<batch_size> const& batches, std::size_t repeats) {
  at::Device const device = net.execution().device;
  auto const input = [&](batch_size batch) {
    return dsc::libtorch::random_input(net.architecture(), batch).to(device);
  };
  return dsc::measure_profile(net.resident(), std::string{net.name()}, batches, input,
                              dsc::libtorch::event_stopwatch{device}, {.repeats = repeats})
      .profile;
}

// One network at two sites, and everything that was planned for it.
class experiment {
 public:
  experiment(dsc::zoo::efficientnet const& model, arguments const& given, std::vector<batch_size> const& batches)
      : here_{network(model, {})},
        there_{network(model, {.device = dsc::libtorch::device_named(given.device)})},
        plans_{here_, dsc::sites{profile_of(here_, batches, std::min<std::size_t>(given.repeats, 5)),
                                 profile_of(there_, batches, given.repeats)}},
        strategies_{strategies_for(here_)},
        tails_{there_},
        requests_{given.quick ? 1U : 3U} {}

  // One line per strategy; the sums of gains are added to.
  bool run(batch_size batch, double megabytes, std::ofstream& csv, std::vector<double>& gains) {
    at::Tensor const x = dsc::libtorch::random_input(here_.architecture(), batch);
    at::Tensor const due = here_.forward(x, whole(here_));
    dsc::emulated_link link{dsc::fixed_rate{dsc::megabytes_per_second(megabytes)}, tails_};
    std::vector<double> times;
    bool good = true;
    for (strategy const& candidate : strategies_) {
      dsc::session device{here_, chooser{&plans_, candidate.split, dsc::megabytes_per_second(megabytes)}, link};
      std::vector<double> totals;
      dsc::inference_record last;
      for (std::size_t i = 0; i < (megabytes < 4.0 ? 1 : requests_);
           ++i) {  // below, nearly all is the link's time, which does not vary
        auto const [answer, record] = device.infer(x);
        totals.push_back(record.total.count());
        good = good && difference(answer, due) <= tolerance;
        last = record;
      }
      times.push_back(dsc::median(totals));
      csv << here_.name() << ',' << batch.count << ',' << megabytes << ',' << candidate.name << ','
          << last.decided.plan.split.layers << ',' << 1e3 * last.predicted().count() << ',' << 1e3 * times.back() << ','
          << last.fell_back() << '\n';
    }
    for (std::size_t k = 0; k < times.size(); ++k) gains[k] += (times[k] - times[0]) / times[k];
    return good;
  }

  // First passes choose kernels; the service has a thread of its own.
  void warm_up(batch_size batch) {
    auto const x = std::make_shared<at::Tensor const>(dsc::libtorch::random_input(here_.architecture(), batch));
    here_.forward(*x, whole(here_));
    dsc::emulated_link open{dsc::fixed_rate{dsc::megabytes_per_second(1e6)}, tails_};
    for (int i = 0; i < 3; ++i)
      open.submit({whole(here_), {dsc::to_wire<at::Tensor>(x)}}, dsc::time_point::max()).get();
  }

  std::vector<strategy> const& strategies() const { return strategies_; }

 private:
  efficientnet here_, there_;
  planner plans_;
  std::vector<strategy> strategies_;
  dsc::tail_service<efficientnet> tails_;
  std::size_t requests_;
};

}  // namespace

bool heterogeneous(arguments const& given) {
  std::printf("the CPU with %d threads as device, %s as server; gain of dynamic splitting, mean over the rates\n",
              given.threads, given.device.c_str());
  auto const rates = given.quick ? std::vector{8.0, 64.0} : std::vector{1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0};
  auto const batches = given.shortened(std::vector{batch_size{1}, batch_size{4}});
  std::ofstream csv{given.out / "heterogeneous.csv"};
  csv << "model,batch,rate_mb_per_s,strategy,split,predicted_ms,observed_ms,finished_locally\n";
  bool good = true;
  for (auto const* const model : given.shortened(
           std::vector{&dsc::zoo::efficientnet_b0, &dsc::zoo::efficientnet_b4, &dsc::zoo::efficientnet_v2_l})) {
    experiment tried{*model, given, batches};
    for (batch_size const batch : batches) {
      std::vector<double> gains(tried.strategies().size());
      tried.warm_up(batch);
      for (double const rate : rates) good = tried.run(batch, rate, csv, gains) && good;
      std::printf("  %-18s batch %llu:", std::string{model->name()}.c_str(),
                  static_cast<unsigned long long>(batch.count));
      for (std::size_t k = 1; k < gains.size(); ++k)
        std::printf("  %s %.1f %%", tried.strategies()[k].name.c_str(),
                    100.0 * gains[k] / static_cast<double>(rates.size()));
      std::printf("\n");
    }
  }
  return good;
}

}  // namespace gpu
