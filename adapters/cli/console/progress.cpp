#include "console/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>

#include "console/printable.hpp"

namespace dsc::cli {
namespace {

constexpr std::size_t bar_width = 24;
constexpr std::chrono::milliseconds redraw_pause{80};
constexpr std::chrono::seconds plain_pause{5};

void to_stderr(std::string const& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

progress::progress(std::string title) : title_{printable(title)}, terminal_{isatty(STDERR_FILENO) != 0} {}

progress::~progress() { clear(); }

void progress::clear() {
  if (!line_open_) return;
  to_stderr("\r\x1b[K");
  line_open_ = false;
  shown_ = {};
}

void progress::show(double share, std::string_view detail) {
  clock::time_point const now = clock::now();
  bool const first = shown_ == clock::time_point{};
  if (!first && now - shown_ < (terminal_ ? clock::duration{redraw_pause} : clock::duration{plain_pause})) return;
  shown_ = now;
  share = std::clamp(share, 0.0, 1.0);
  std::string const line = fmt::format("{:3.0f} %  {}{}", 100.0 * share, detail, time_left(share));
  if (!terminal_) {
    to_stderr(fmt::format("{}: {}\n", title_, line));
    return;
  }
  auto const filled = static_cast<std::size_t>(share * bar_width);
  to_stderr(fmt::format("\r\x1b[K{} [{}{}] {}", title_, std::string(filled, '#'), std::string(bar_width - filled, '.'),
                        line));
  line_open_ = true;
}

std::string progress::time_left(double share) const {
  double const spent = std::chrono::duration<double>(clock::now() - start_).count();
  if (share <= 0.0 || spent < 0.5) return "";
  double const left = std::ceil(spent * (1.0 - share) / share);
  return left >= 90.0 ? fmt::format(", {:.0f} min left", std::ceil(left / 60.0)) : fmt::format(", {:.0f} s left", left);
}

}  // namespace dsc::cli
