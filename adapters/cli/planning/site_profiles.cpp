#include "planning/site_profiles.hpp"

#include <fmt/format.h>

#include <dsc/cost/scaled.hpp>

#include "console/errors.hpp"
#include "console/warnings.hpp"
#include "options/options.hpp"

namespace dsc::cli {
profile scaled_profile(profile const& measured, double factor) {
  scaled const slower{measured, factor};
  std::size_t const layers = measured.layer_count();
  std::vector<batch_times> times;
  for (batch_times const& of_batch : measured.measured()) {
    std::vector<seconds> prefix;
    for (std::size_t l = 0; l <= layers; ++l) prefix.push_back(slower.time(head_of(split_point{l}), of_batch.batch));
    times.push_back({of_batch.batch, std::move(prefix), {}});
  }
  return {std::string{measured.name()},
          measured.input_bytes(),
          {measured.layers().begin(), measured.layers().end()},
          std::move(times)};
}

std::vector<profile_file> profiles_of(std::string const& device, std::string const& server,
                                      std::vector<profile_file> from_files) {
  if (device.empty() && server.empty()) {
    if (from_files.size() > 2)
      throw error{cli_errc::bad_option,
                  fmt::format("{} profiles are too many; give the device's and the server's", from_files.size())};
    return from_files;
  }
  if (!from_files.empty())
    throw error{
        cli_errc::bad_option,
        fmt::format("'{}' is a profile too many beside {}; name both profiles by --device and --server, or neither",
                    from_files.front().file,
                    device.empty()   ? "--server"
                    : server.empty() ? "--device"
                                     : "--device and --server")};
  if (server.empty())
    throw error{cli_errc::bad_option, "--device needs --server; a profile that stands alone is the server's"};
  std::vector<profile_file> named;
  for (std::string const& file : {device, server})
    if (!file.empty()) named.push_back({file, read_noted_profile(file)});
  return named;
}

std::optional<site_profiles> sites_of(std::vector<profile_file> profiles, std::optional<double> device_slowdown) {
  if (device_slowdown && profiles.size() != 1)
    throw error{
        cli_errc::bad_option,
        profiles.empty()
            ? "--device-slowdown makes a device from the server's profile; give that profile"
            : "--device-slowdown makes a device from the server's profile; leave it out where the device has its own"};
  if (profiles.empty()) return std::nullopt;
  profile_file const& server = profiles.back();
  if (profiles.size() == 2) return site_profiles{profiles.front(), server};
  double const factor = device_slowdown.value_or(usual_device_slowdown);
  return site_profiles{{server.file, {scaled_profile(server.what.profile, factor), {}}}, server, factor};
}

std::vector<std::string> warnings_about(site_profiles const& sites, bool extrapolated) {
  std::vector<std::string> sentences;
  if (!sites.slowdown) sentences = warnings_about_times(sites.device.what.profile, sites.device.file);
  for (std::string& sentence : warnings_about_times(sites.server.what.profile, sites.server.file))
    sentences.push_back(std::move(sentence));
  for (std::string& sentence : warnings_about(sites.device.what.profile, sites.server.what.profile, extrapolated))
    sentences.push_back(std::move(sentence));
  return sentences;
}

}  // namespace dsc::cli
