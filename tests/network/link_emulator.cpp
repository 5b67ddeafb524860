// Delay and loss for tests, where the kernel has no netem: two TUN devices in two network
// namespaces, and this program between.
//
// usage: dsc_link_emulator DEVICE_NAMESPACE SERVER_NAMESPACE INTERFACE
//
// It makes INTERFACE in both namespaces, says "ready", and then reads one line of settings at a
// time from its standard input, each answered by "ok" and what was carried and lost so far:
//     DELAY_UP_US DELAY_DOWN_US LOSS_UP LOSS_DOWN SEED
// "up" is from the device to the server; losses are shares from 0 to 1; the same seed loses the
// same packets. It ends with its standard input, so it never outlives who started it.
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace {

using time_point = std::chrono::steady_clock::time_point;
using microseconds = std::chrono::microseconds;

constexpr std::size_t largest_packet = 65536;
constexpr std::size_t most_bytes_on_the_way = 64u << 20;  // a link that holds more than that is a mistake of the test
constexpr int packets_at_a_time = 64;

[[noreturn]] void fail(std::string const& problem) {
  std::fprintf(stderr, "dsc_link_emulator: %s: %s\n", problem.c_str(), std::strerror(errno));
  std::exit(1);
}

int open_tun(std::string const& name_space, std::string const& interface) {
  int const entrance = open(("/run/netns/" + name_space).c_str(), O_RDONLY | O_CLOEXEC);
  if (entrance < 0 || setns(entrance, CLONE_NEWNET) != 0) fail("cannot enter the network namespace " + name_space);
  close(entrance);
  int const tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (tun < 0) fail("cannot open /dev/net/tun");
  ifreq request{};
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  if (ioctl(tun, TUNSETIFF, &request) != 0) fail("cannot make " + interface + " in " + name_space);
  return tun;
}

struct packet {
  time_point due;
  std::vector<char> bytes;
};

/// One way of the link: packets of `from` reach `to` after the delay, in order, or are lost.
class one_way {
 public:
  one_way(int from, int to) : from_{from}, to_{to} {}

  void set(microseconds delay, double loss, std::uint64_t seed) {
    delay_ = delay;
    loss_ = std::bernoulli_distribution{loss};
    random_.seed(seed);
  }

  void take_in() {
    for (int i = 0; i < packets_at_a_time; ++i) {
      ssize_t const size = read(from_, buffer_.data(), buffer_.size());
      if (size <= 0) return;
      if (loss_(random_) || on_the_way_ > most_bytes_on_the_way) {
        ++lost_;
        continue;
      }
      time_point const now = std::chrono::steady_clock::now();
      packets_.push_back({now + delay_, {buffer_.begin(), buffer_.begin() + size}});
      on_the_way_ += static_cast<std::size_t>(size);
    }
  }

  void let_out(time_point now) {
    while (!packets_.empty() && packets_.front().due <= now) {
      packet const& first = packets_.front();
      // Refused where the interface is down: the link is cut, the packet is gone.
      bool const passed = write(to_, first.bytes.data(), first.bytes.size()) >= 0;
      ++(passed ? carried_ : lost_);
      on_the_way_ -= first.bytes.size();
      packets_.pop_front();
    }
  }

  [[nodiscard]] time_point next_due() const { return packets_.empty() ? time_point::max() : packets_.front().due; }
  [[nodiscard]] int source() const { return from_; }
  [[nodiscard]] unsigned long long carried() const { return carried_; }
  [[nodiscard]] unsigned long long lost() const { return lost_; }

 private:
  int from_;
  int to_;
  microseconds delay_{0};
  std::bernoulli_distribution loss_{0};
  std::mt19937_64 random_;
  std::deque<packet> packets_;
  std::vector<char> buffer_ = std::vector<char>(largest_packet);
  std::size_t on_the_way_ = 0;
  unsigned long long carried_ = 0;
  unsigned long long lost_ = 0;
};

struct link {
  one_way up;
  one_way down;
};

void apply(std::string const& line, link& between) {
  long long delay_up = 0;
  long long delay_down = 0;
  double loss_up = 0;
  double loss_down = 0;
  unsigned long long seed = 0;
  int const count =
      std::sscanf(line.c_str(), "%lld %lld %lf %lf %llu", &delay_up, &delay_down, &loss_up, &loss_down, &seed);
  auto const is_share = [](double loss) { return loss >= 0 && loss <= 1; };
  if (count != 5 || delay_up < 0 || delay_down < 0 || !is_share(loss_up) || !is_share(loss_down)) {
    std::puts("error: five numbers are needed: DELAY_UP_US DELAY_DOWN_US LOSS_UP LOSS_DOWN SEED");
  } else {
    between.up.set(microseconds{delay_up}, loss_up, seed);
    between.down.set(microseconds{delay_down}, loss_down, seed + 1);
    std::printf("ok %llu %llu %llu %llu\n", between.up.carried(), between.up.lost(), between.down.carried(),
                between.down.lost());
  }
  std::fflush(stdout);
}

/// False at the end of the input.
bool read_settings(std::string& pending, link& between) {
  char chunk[256];
  ssize_t const size = read(STDIN_FILENO, chunk, sizeof chunk);
  if (size <= 0) return false;
  pending.append(chunk, static_cast<std::size_t>(size));
  for (std::size_t end = pending.find('\n'); end != std::string::npos; end = pending.find('\n')) {
    apply(pending.substr(0, end), between);
    pending.erase(0, end + 1);
  }
  return true;
}

void run(link between) {
  std::string pending;
  pollfd watched[] = {{STDIN_FILENO, POLLIN, 0}, {between.up.source(), POLLIN, 0}, {between.down.source(), POLLIN, 0}};
  for (;;) {
    time_point const due = std::min(between.up.next_due(), between.down.next_due());
    timespec wait{};
    if (due != time_point::max()) {
      auto const left = std::max(due - std::chrono::steady_clock::now(), std::chrono::steady_clock::duration::zero());
      auto const whole = std::chrono::floor<std::chrono::seconds>(left);
      wait = {static_cast<time_t>(whole.count()), static_cast<long>((left - whole).count())};
    }
    if (ppoll(watched, 3, due == time_point::max() ? nullptr : &wait, nullptr) < 0 && errno != EINTR) fail("ppoll");
    if (watched[0].revents != 0 && !read_settings(pending, between)) return;
    if (watched[1].revents != 0) between.up.take_in();
    if (watched[2].revents != 0) between.down.take_in();
    time_point const now = std::chrono::steady_clock::now();
    between.up.let_out(now);
    between.down.let_out(now);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: dsc_link_emulator DEVICE_NAMESPACE SERVER_NAMESPACE INTERFACE\n", stderr);
    return 2;
  }
  prctl(PR_SET_TIMERSLACK, 1UL);  // else delays are up to 50 µs late
  int const device = open_tun(argv[1], argv[3]);
  int const server = open_tun(argv[2], argv[3]);
  std::puts("ready");
  std::fflush(stdout);
  run({one_way{device, server}, one_way{server, device}});
}
