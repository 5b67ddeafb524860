#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include <dsc/cost/profile.hpp>
#include <dsc/cost/scaled.hpp>
#include <dsc/model/zoo/efficientnet.hpp>
#include <dsc/plan/planner.hpp>

#include "assumptions.hpp"
#include "options.hpp"

namespace dsc::paper {

/// Which splits dynamic split computing may take.
enum class choice {
  paper,        ///< {0} ∪ compressive bottlenecks of the blocks ∪ {L}
  undominated,  ///< all of them, less those that cannot win
  every         ///< all of them: the same plans as `undominated`, faster where the load differs from state to state
};
/// Those that are compared.
inline constexpr std::array choices{choice::paper, choice::undominated};
std::string_view name_of(choice which);

/// A site whose layers are taken to cost what they cost at batch 1, whatever the batch: one reading
/// of the paper's latencies, in which only the channel feels the batch.
template <CostModel C>
class of_single_samples {
 public:
  explicit of_single_samples(C inner) : inner_{std::move(inner)} {}

  seconds time(layer_span span, batch_size) const { return inner_.time(span, single); }
  seconds layer_time(std::size_t index, batch_size) const
    requires AdditiveCostModel<C>
  {
    return inner_.layer_time(index, single);
  }
  seconds tail_time(split_point split, batch_size) const
    requires TailCostModel<C>
  {
    return inner_.tail_time(split, single);
  }

 private:
  static constexpr batch_size single{1};
  C inner_;
};

using measured_planner = planner<scaled<profile>, profile>;
using two_sites_planner = planner<profile, profile>;
using modelled_planner = planner<roofline, roofline>;
using measured_single_planner = planner<of_single_samples<scaled<profile>>, of_single_samples<profile>>;
using modelled_single_planner = planner<of_single_samples<roofline>, of_single_samples<roofline>>;
using any_planner = std::variant<measured_planner, two_sites_planner, modelled_planner, measured_single_planner,
                                 modelled_single_planner>;

/// Two sites by name, with what was measured there: measured, modelled, either of them with the
/// costs of single samples, or a GPU machine.
struct site_pair {
  std::string name;
  bool modelled = false;
  bool single_samples = false;
  std::map<std::string, profile, std::less<>> servers;  ///< by model
  std::map<std::string, profile, std::less<>> devices;  ///< empty: the server, made slower

  /// The largest batch that both sites were measured at.
  batch_size largest_measured(std::string_view model) const;
};

/// What the experiments run over.
struct study {
  std::vector<zoo::efficientnet> models;
  std::vector<site_pair> pairs;
  std::vector<batch_size> batches;
  std::vector<batch_size> varying_batches;
  std::vector<data_rate> rates;
  double device_slowdown = usual_device_slowdown;
  std::string settings;                   ///< everything that results depend on, as text
  std::vector<std::string> warnings;      ///< of implausible profiles
  std::vector<std::string> extrapolated;  ///< models that were not measured up to the largest batch, and from where on
};

/// Reads every profile that is needed. Throws `bad_option`, `unknown_model`, `bad_profile` and what
/// reading throws.
study study_of(options const& options);

/// The input as the paper counts it, and as a camera sends it.
inline constexpr std::array input_types{element_type::float32, element_type::uint8};

/// A planner for one model, with its own input type, at one pair of sites.
any_planner planner_for(study const& all, site_pair const& pair, zoo::efficientnet const& model, choice which);

/// The planner of two modelled sites under other assumptions than the usual ones.
modelled_planner modelled(zoo::efficientnet const& model, choice which, roofline_assumptions const& assumed);

}  // namespace dsc::paper
