#pragma once

#include <string>

#include <dsc/oip/tls.hpp>

namespace dsc::oip {

/// What TLS files hold, as gRPC takes it.
struct pem_texts {
  std::string certificate, key, authority;
};

/// Reads TLS files. Throws `bad_certificate` for one that cannot be read or that holds something
/// else, for a certificate that has expired, and for a key that is another certificate's: gRPC
/// itself would only fail to connect.
pem_texts read_pem(tls_files const& files);

}  // namespace dsc::oip
