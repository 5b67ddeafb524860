// A device that asks servers which somebody else wrote, for the tests of interoperability.
//
// usage: dsc_interop_device MODEL DEPLOYMENT HOST:PORT[,HOST:PORT…] [--requests N] [--seconds S]
//                           [--batches B,…] [--session]
//
// MODEL is efficientnet_b0 with random weights, or a TorchScript file that tells its input; the
// deployment is the one that was exported with its tails. Request by request the next of these
// splits and batch sizes is taken. Answers are the servers' alone, or with --session those of a
// `dsc::session`, which finishes what they do not. It prints a line of JSON for each request, and
// compares each answer with that of the whole model in this process, bit for bit.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <dsc/dsc.hpp>
#include <dsc/io/deployment_json.hpp>
#include <dsc/libtorch/device.hpp>
#include <dsc/libtorch/efficientnet.hpp>
#include <dsc/libtorch/script_model.hpp>
#include <dsc/libtorch/tensor.hpp>
#include <dsc/libtorch/weights.hpp>
#include <dsc/oip/client.hpp>
#include <dsc/run/deployment_of.hpp>

namespace {

struct options {
  std::string model, deployment;
  std::vector<std::string> servers;
  std::size_t requests = 1'000'000;
  dsc::seconds duration{600.0};
  std::vector<std::uint64_t> batches{1};
  bool by_session = false;
};

std::vector<std::string> parts(std::string const& list) {
  std::vector<std::string> result;
  std::istringstream stream{list};
  for (std::string part; std::getline(stream, part, ',');) result.push_back(part);
  return result;
}

options read_options(std::vector<std::string> const& words) {
  if (words.size() < 3) throw std::invalid_argument{"MODEL, DEPLOYMENT and servers are needed"};
  options result{.model = words[0], .deployment = words[1], .servers = parts(words[2])};
  for (std::size_t i = 3; i < words.size(); ++i) {
    std::string const& name = words[i];
    if (name == "--session") {
      result.by_session = true;
      continue;
    }
    if (i + 1 == words.size()) throw std::invalid_argument{name + " needs a value"};
    std::string const& value = words[++i];
    if (name == "--requests") {
      result.requests = std::stoul(value);
    } else if (name == "--seconds") {
      result.duration = dsc::seconds{std::stod(value)};
    } else if (name == "--batches") {
      result.batches.clear();
      for (std::string const& batch : parts(value)) result.batches.push_back(std::stoul(batch));
    } else {
      throw std::invalid_argument{"there is no option " + name};
    }
  }
  return result;
}

/// The next split of a list for every request.
class splits_in_turn {
 public:
  explicit splits_in_turn(std::vector<dsc::split_point> splits) : splits_{std::move(splits)} {}
  dsc::split_point next() { return splits_[turn_++ % splits_.size()]; }
  dsc::decision decide(dsc::batch_size batch) { return dsc::fixed_split{next()}.decide(batch); }

 private:
  std::vector<dsc::split_point> splits_;
  std::size_t turn_ = 0;
};

bool same_bits(at::Tensor const& one, at::Tensor const& other) {
  using traits = dsc::tensor_traits<at::Tensor>;
  return traits::spec(one) == traits::spec(other) && std::ranges::equal(traits::data(one), traits::data(other));
}

struct outcome {
  dsc::split_point split;
  std::optional<at::Tensor> answer;  // nothing where it was lost
  bool by_server = false;
  std::string reason;  // where the server did not answer
};

// The head here, and the tail nowhere but at a server.
template <class Model>
outcome ask(Model const& net, dsc::oip::client& link, dsc::split_point split, at::Tensor const& input) {
  auto const h = std::make_shared<at::Tensor const>(net.forward(input, dsc::head_of(split)));
  try {
    auto pending = link.submit({dsc::tail_of(split, dsc::layer_count(net)), {dsc::to_wire(h)}, 0},
                               dsc::deadline_after(dsc::run_clock::now(), dsc::seconds{10.0}));
    dsc::reply const reply = pending.get();
    return {split, dsc::from_wire<at::Tensor>(dsc::only_tensor(reply.tensors, "a reply")), true, {}};
  } catch (dsc::error const& failure) {
    return {split, std::nullopt, false, failure.what()};
  }
}

void say(std::size_t request, std::uint64_t batch, outcome const& got, at::Tensor const& due, dsc::seconds total,
         dsc::seconds since_start) {
  std::cout << dsc::ordered_json{{"request", request},
                                 {"began_s", (since_start - total).count()},
                                 {"total_s", total.count()},
                                 {"split", got.split.layers},
                                 {"batch", batch},
                                 {"answered", got.answer.has_value()},
                                 {"same_bits", got.answer && same_bits(*got.answer, due)},
                                 {"by_server", got.by_server},
                                 {"reason", got.reason}}
                   .dump()
            << std::endl;
}

template <class Model>
void run(options const& given, Model const& net) {
  dsc::deployment const served = dsc::read_deployment(given.deployment);
  if (served.signature != dsc::network_signature(net) || served.weights != net.weights_fingerprint())
    throw std::runtime_error{"the deployment is of another network, or of other weights"};
  std::vector<dsc::split_point> splits;
  for (dsc::served_tail const& tail : served.tails) splits.push_back(tail.split);

  dsc::oip::client link{given.servers, served};
  link.check();
  // A small network is done here before any server can answer: it waits, unless the link fails.
  dsc::session_options const patient{.hedge = dsc::hedge::never_before(dsc::seconds{1.0})};
  dsc::session session{net, splits_in_turn{splits}, link, patient};
  splits_in_turn turns{splits};
  std::map<std::uint64_t, std::pair<at::Tensor, at::Tensor>> cases;  // input and answer, by the batch
  for (std::uint64_t const batch : given.batches) {
    at::Tensor const input = dsc::libtorch::random_input(net.input(), dsc::batch_size{batch}, batch);
    cases[batch] = {input, net.forward(input, dsc::head_of(dsc::split_point{served.layers}))};
  }
  auto const start = dsc::run_clock::now();
  for (std::size_t request = 0; request < given.requests; ++request) {
    auto const begin = dsc::run_clock::now();
    if (begin - start > given.duration) break;
    // Every split meets every batch size.
    std::uint64_t const batch = given.batches[request / splits.size() % given.batches.size()];
    auto const& [input, due] = cases.at(batch);
    outcome got;
    if (given.by_session) {
      auto const made = session.infer(input);
      got = {made.record.decided.plan.split, made.output, !made.record.fell_back(), made.record.fallback};
    } else {
      got = ask(net, link, turns.next(), input);
    }
    auto const end = dsc::run_clock::now();
    say(request, batch, got, due, end - begin, end - start);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    options const given = read_options({argv + 1, argv + argc});
    dsc::libtorch::use_threads(1);
    auto const& b0 = dsc::zoo::efficientnet_b0;
    if (given.model == b0.name())
      run(given, dsc::libtorch::efficientnet{b0, dsc::libtorch::random_weights(b0)});
    else
      run(given, dsc::libtorch::script_model{given.model});
  } catch (std::exception const& failure) {
    std::cerr << "dsc_interop_device: " << failure.what() << '\n';
    return 1;
  }
}
