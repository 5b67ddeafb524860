#include <dsc/plan/gain.hpp>
#include <dsc/views.hpp>

#include "csv.hpp"
#include "experiments.hpp"

namespace dsc::paper {
namespace {

constexpr double MBps = 1e6;

std::string grid(study const& all, site_pair const& pair, zoo::efficientnet const& model) {
  csv table{"batch,rate_MBps,paper_split,paper_s,undominated_split,undominated_s,local_s,offload_s,best_static_s"};
  any_planner const of_paper = planner_for(all, pair, model, choice::paper),
                    of_all = planner_for(all, pair, model, choice::undominated);
  std::visit(
      [&](auto const& paper) {
        auto const& every = std::get<std::decay_t<decltype(paper)>>(of_all);
        split_point const fixed = gains(paper, views::state_grid(all.batches, all.rates)).best_static,
                          end{paper.layers()};
        for (batch_size const batch : all.batches) {
          policy const from_paper = paper.policy(batch), from_all = every.policy(batch);
          std::array const fixed_splits{end, split_point{0}, fixed};
          std::vector<latency_line> const lines = paper.lines(fixed_splits, batch);
          for (data_rate const rate : all.rates) {
            policy_piece const &mine = from_paper.at(rate), &best = from_all.at(rate);
            table.row(batch.count, rate.bytes_per_second / MBps, mine.split.layers, mine.line.at(rate).count(),
                      best.split.layers, best.line.at(rate).count(), lines[0].at(rate).count(),
                      lines[1].at(rate).count(), lines[2].at(rate).count());
          }
        }
      },
      of_paper);
  return table.text();
}

void add_policies(csv& table, study const& all, site_pair const& pair, zoo::efficientnet const& model, choice which) {
  std::visit(
      [&](auto const& planner) {
        for (batch_size const batch : all.batches)
          for (policy_piece const& piece : planner.policy(batch)) {
            std::string const to =
                piece.to_rate == unlimited ? std::string{} : fmt::format("{}", piece.to_rate.bytes_per_second / MBps);
            table.row(model.name(), pair.name, element_name(model.input().element), name_of(which), batch.count,
                      piece.from_rate.bytes_per_second / MBps, to, piece.split.layers, split_name(model, piece.split));
          }
      },
      planner_for(all, pair, model, which));
}

std::string switching_rates(study const& all) {
  csv table{"model,sites,input_type,candidates,batch,from_MBps,to_MBps,split,layer"};
  for (site_pair const& pair : all.pairs)
    for (element_type const input : input_types)
      for (choice const which : choices)
        for (zoo::efficientnet const& model : all.models)
          add_policies(table, all, pair, model.with_input(input), which);
  return table.text();
}

}  // namespace

std::vector<step> best_split_steps(study const& all) {
  std::vector<step> steps{{"switching.csv", [&all] { return switching_rates(all); }}};
  for (site_pair const& pair : all.pairs)
    for (element_type const input : input_types)
      for (zoo::efficientnet const& model : all.models)
        steps.push_back({fmt::format("grid/{}/{}/{}.csv", pair.name, element_name(input), model.name()),
                         [&all, &pair, model = model.with_input(input)] { return grid(all, pair, model); }});
  return steps;
}

}  // namespace dsc::paper
