#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace dsc::cli {

/// How far a long work has come, on stderr: one line that is redrawn, with the time left, on a
/// terminal; else a plain line now and then.
class progress {
 public:
  explicit progress(std::string title);
  ~progress();
  progress(progress const&) = delete;
  progress& operator=(progress const&) = delete;

  /// `share` is what has been done of the whole, 0..1; `detail` is about the step under way.
  void show(double share, std::string_view detail);

  /// Takes the line off the terminal, so that something else can be written there; the next `show`
  /// draws it again at once.
  void clear();

 private:
  using clock = std::chrono::steady_clock;

  std::string time_left(double share) const;

  std::string title_;
  bool terminal_;
  clock::time_point start_ = clock::now();
  clock::time_point shown_{};
  bool line_open_ = false;
};

}  // namespace dsc::cli
