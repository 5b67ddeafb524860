#pragma once

#include <filesystem>

namespace dsc::oip {

/// How a connection is secured: PEM files. None of them: it is not. A server needs `certificate`
/// and `key`, and with `authority` takes only clients whose certificate that one has signed (mutual
/// TLS). A client needs `authority`, and shows `certificate` and `key` where it has them.
struct tls_files {
  std::filesystem::path certificate{};  ///< of this side, with its chain
  std::filesystem::path key{};          ///< the certificate's private key
  std::filesystem::path authority{};    ///< whose signature makes the other side's certificate good

  bool any() const { return !certificate.empty() || !key.empty() || !authority.empty(); }
};

}  // namespace dsc::oip
