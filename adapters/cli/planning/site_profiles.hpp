#pragma once

#include <optional>
#include <string>
#include <vector>

#include <dsc/io/profile_json.hpp>

/// Where the times of device and server come from, for `plan` and `report`.
namespace dsc::cli {

/// What one file tells, and which.
template <class T>
struct told_by {
  std::string file;
  T what;
};

using profile_file = told_by<noted_profile>;

/// Profiles of the two sites. Where the device has no file, it is the server, slower.
struct site_profiles {
  profile_file device;
  profile_file server;
  std::optional<double> slowdown{};  ///< of the device, where it has no profile of its own
};

/// The same network with all times so many times as long.
profile scaled_profile(profile const& measured, double factor);

/// The profiles that `--device` and `--server` name, or those among the files where neither is
/// given. Throws `bad_option` for too many, and what `read_noted_profile` throws.
std::vector<profile_file> profiles_of(std::string const& device, std::string const& server,
                                      std::vector<profile_file> from_files);

/// From one profile, the server's, or two, the device's first; nothing for none. Throws
/// `bad_option` for a slowdown where the device has a profile or the server has none.
std::optional<site_profiles> sites_of(std::vector<profile_file> profiles, std::optional<double> device_slowdown);

/// What is implausible about these sites: their times, as of a file in milliseconds that does not
/// say so, and what `warnings_about` says.
std::vector<std::string> warnings_about(site_profiles const& sites, bool extrapolated);

}  // namespace dsc::cli
