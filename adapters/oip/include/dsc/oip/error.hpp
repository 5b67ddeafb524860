#pragma once

#include <dsc/error.hpp>

namespace dsc::oip {

/// What went wrong on the network, beside `dsc::errc`: the numbers of this adapter, 901 to 999. An
/// outage is `errc::transport_failed` or `errc::deadline_missed`; these need a person.
enum class oip_errc : int {
  bad_address = 901,      ///< an address that is none, or that cannot be listened on
  bad_certificate = 902,  ///< a certificate, key or authority that cannot be read, or that the other side does not take
  other_network = 903,    ///< the server hosts another network, other weights or other tensors than the device has
  bad_deployment = 904,   ///< a deployment that does not fit the model, or a split that is not served
  refused = 905,          ///< the server has no room for another request, or the request is too large for it
};

}  // namespace dsc::oip
