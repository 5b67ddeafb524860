#pragma once

#include <string>

#include <grpcpp/support/status.h>

#include <dsc/oip/error.hpp>

#include "client/connection.hpp"

namespace dsc::oip {

/// Why a request, or a server, failed.
struct failure {
  error_code code;
  std::string sentence;

  /// It will fail until somebody does something.
  bool needs_a_person() const { return code == oip_errc::other_network || code == oip_errc::bad_certificate; }
  error as_error() const { return {code, sentence}; }
};

/// What a status of gRPC, not OK, means for us.
failure failure_of(grpc::Status const& status, endpoint const& server);

/// What a first connection means that the server closed without a word of gRPC, `heard` telling
/// whether anything else came from it. `reason` where that is another failure.
failure failure_to_begin(failure const& reason, endpoint const& server, bool heard);

}  // namespace dsc::oip
