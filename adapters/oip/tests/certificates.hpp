#pragma once

#include <cstdlib>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>

/// Certificates for tests, made by the `openssl` command.
namespace dsc::test {

/// A folder with two authorities, `ours` and `theirs`, and certificates that they have signed:
/// `server` and `client` by ours, `stranger` by theirs; NAME.pem and NAME.key each. All are good
/// for 127.0.0.1 and localhost, for two days.
class certificates {
 public:
  certificates()
      : folder_{std::filesystem::temp_directory_path() / ("dsc-tls-" + std::to_string(std::random_device{}()))} {
    std::filesystem::create_directory(folder_);
    for (char const* const authority : {"ours", "theirs"})
      run("req -x509 -nodes -days 2 -subj /CN=" + std::string{authority} + key_options + files(authority));
    sign("server", "ours");
    sign("client", "ours");
    sign("stranger", "theirs");
  }
  ~certificates() { std::filesystem::remove_all(folder_); }
  certificates(certificates const&) = delete;
  certificates& operator=(certificates const&) = delete;

  static bool can_be_made() { return std::system("openssl version >/dev/null 2>&1") == 0; }

  std::filesystem::path pem(std::string const& name) const { return folder_ / (name + ".pem"); }
  std::filesystem::path key(std::string const& name) const { return folder_ / (name + ".key"); }
  std::filesystem::path const& folder() const { return folder_; }

 private:
  static constexpr char const* key_options = " -newkey ec -pkeyopt ec_paramgen_curve:prime256v1";

  std::string files(std::string const& name) const {
    return " -keyout '" + key(name).string() + "' -out '" + pem(name).string() + "'";
  }
  void sign(std::string const& name, std::string const& authority) const {
    run("req -x509 -nodes -days 2 -subj /CN=" + name + key_options + files(name) + " -CA '" + pem(authority).string() +
        "' -CAkey '" + key(authority).string() +
        "' -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -addext basicConstraints=CA:FALSE");
  }
  static void run(std::string const& arguments) {
    if (std::system(("openssl " + arguments + " >/dev/null 2>&1").c_str()) != 0)
      throw std::runtime_error{"openssl could not do: " + arguments};
  }

  std::filesystem::path folder_;
};

}  // namespace dsc::test
