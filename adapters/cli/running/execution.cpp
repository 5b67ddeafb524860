#include "running/execution.hpp"

#include <fmt/format.h>

#include "console/console.hpp"
#include "console/quantities.hpp"

namespace dsc::cli {

void warn_of_slower_machine(seconds pass, seconds device_time, batch_size batch) {
  constexpr double tolerated = 1.1;
  if (pass <= tolerated * device_time) return;
  warn(
      fmt::format("the device's profile has {} ms for a batch of {}, but this machine takes {} ms and cannot act as a "
                  "faster one: heads will take this machine's time",
                  in_ms(device_time), batch.count, in_ms(pass)));
}

}  // namespace dsc::cli
