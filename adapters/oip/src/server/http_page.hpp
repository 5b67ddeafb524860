#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "address.hpp"

namespace dsc::oip {

/// One text behind an address, by HTTP: what Prometheus needs, and no more. A thread of its own
/// answers one reader after the other. (CivetWeb's threads have too small a stack to start in a
/// process with as much thread-local storage as LibTorch brings.)
class http_page {
 public:
  /// Throws `bad_address` where it cannot listen.
  http_page(host_and_port const& at, std::string path, std::function<std::string()> text);
  http_page(http_page const&) = delete;
  http_page& operator=(http_page const&) = delete;
  ~http_page();

  std::string address() const { return at_.text(); }

 private:
  void serve();
  void answer(int connection) const;

  host_and_port at_;
  std::string path_;
  std::function<std::string()> text_;
  int listener_;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

}  // namespace dsc::oip
