#include <array>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <dsc/dsc.hpp>
#include <dsc/run/pending.hpp>
#include <dsc/testing/transport.hpp>

using namespace dsc::literals;

// 1. What travels, both ways: this, then `size` bytes of one tensor. Both machines are little
// endian.
struct message {
  std::uint64_t id = 0, size = 0;
  std::uint32_t begin = 0, end = 0;  // the layers to run
  std::uint32_t element = 0, rank = 0;
  std::array<std::int64_t, dsc::shape::max_rank> extents{};
  double tail = 0.0;         // of an answer: seconds in the layers
  std::uint64_t failed = 0;  // of an answer: there is none
};

message describe(std::uint64_t id, dsc::layer_span layers, dsc::wire_tensor const& tensor) {
  message m{.id = id, .size = tensor.data.size().count};
  m.begin = static_cast<std::uint32_t>(layers.begin.layers), m.end = static_cast<std::uint32_t>(layers.end.layers);
  m.element = static_cast<std::uint32_t>(tensor.spec.element),
  m.rank = static_cast<std::uint32_t>(tensor.spec.shape.rank);
  m.extents = tensor.spec.shape.extents;
  return m;
}

bool send_all(int socket, void const* data, std::size_t size) {
  for (auto at = static_cast<char const*>(data); size > 0;) {
    ssize_t const sent = ::send(socket, at, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    at += sent, size -= static_cast<std::size_t>(sent);
  }
  return true;
}

bool send_message(int socket, message const& m, std::span<std::byte const> data) {
  return send_all(socket, &m, sizeof m) && send_all(socket, data.data(), data.size());
}

bool receive_all(int socket, void* data, std::size_t size) {
  for (auto at = static_cast<char*>(data); size > 0;) {
    ssize_t const received = ::recv(socket, at, size, 0);
    if (received <= 0) return false;
    at += received, size -= static_cast<std::size_t>(received);
  }
  return true;
}

// Nothing of what the other side says is believed: nothing is allocated before its sizes agree.
std::optional<dsc::wire_tensor> receive_tensor(int socket, message const& m) {
  constexpr std::uint64_t limit = 64 << 20;
  dsc::tensor_spec spec{static_cast<dsc::element_type>(m.element), {}};
  if (m.element > static_cast<std::uint32_t>(dsc::element_type::float64) || m.rank > m.extents.size()) return {};
  for (std::uint32_t i = 0; i < m.rank; ++i) spec.shape.push_back(m.extents[i]);
  if (m.size > limit || spec.size() != dsc::bytes{m.size}) return {};
  auto const data = std::make_shared<std::vector<std::byte>>(m.size);
  if (!receive_all(socket, data->data(), data->size())) return {};
  return dsc::wire_tensor{spec, {data, *data}};
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET, address.sin_port = htons(port), address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// 2. The server: one connection at a time, one tail after the other.
class tail_server {
 public:
  using tail_function = std::function<std::vector<float>(std::vector<float>, dsc::layer_span)>;

  explicit tail_server(tail_function tail) : tail_{std::move(tail)}, listener_{::socket(AF_INET, SOCK_STREAM, 0)} {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 4) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw dsc::error{dsc::errc::transport_failed, "no port to listen on"};
    port_ = ntohs(address.sin_port);
    worker_ = std::thread{[this] { accept_all(); }};
  }
  ~tail_server() {
    {
      std::lock_guard const lock{mutex_};
      stopping_ = true;
      ::shutdown(listener_, SHUT_RDWR);
      ::shutdown(client_, SHUT_RDWR);
    }
    worker_.join();
    ::close(listener_);
  }
  std::uint16_t port() const { return port_; }

 private:
  void accept_all() {
    for (int client = ::accept(listener_, nullptr, nullptr); client >= 0;
         client = ::accept(listener_, nullptr, nullptr)) {
      {
        std::lock_guard const lock{mutex_};
        client_ = client;
        if (stopping_) ::shutdown(client, SHUT_RDWR);
      }
      while (serve_one(client)) {
      }
      std::lock_guard const lock{mutex_};
      client_ = -1;
      ::close(client);
    }
  }

  bool serve_one(int client) const try {
    message asked;
    if (!receive_all(client, &asked, sizeof asked)) return false;
    std::optional<dsc::wire_tensor> const h = receive_tensor(client, asked);
    if (!h) return false;
    try {
      dsc::time_point const start = dsc::run_clock::now();
      dsc::wire_tensor const y = dsc::to_wire(std::make_shared<std::vector<float> const>(
          tail_(dsc::from_wire<std::vector<float>>(*h), {dsc::split_point{asked.begin}, dsc::split_point{asked.end}})));
      message answer = describe(asked.id, {}, y);
      answer.tail = dsc::seconds{dsc::run_clock::now() - start}.count();
      return send_message(client, answer, y.data.view());
    } catch (std::exception const&) {
      return send_message(client, {.id = asked.id, .failed = 1}, {});
    }
  } catch (std::exception const&) {
    return false;  // a shape that means nothing: who sends such is not listened to any longer
  }

  tail_function tail_;
  int listener_, client_ = -1;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  bool stopping_ = false;
  std::thread worker_;
};

// 3. The device's side: the Transport. `submit` only puts the request in a queue; one thread writes
// to the socket, another one reads from it and settles the promises.
class tcp_link {
 public:
  explicit tcp_link(std::uint16_t port) : socket_{::socket(AF_INET, SOCK_STREAM, 0)} {
    sockaddr_in const address = loopback(port);
    int const on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    closed_ = ::connect(socket_, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0;
    writer_ = std::thread{[this] { write_all(); }};
    reader_ = std::thread{[this] { read_all(); }};
  }
  ~tcp_link() {
    close_down();
    writer_.join();
    reader_.join();
    ::close(socket_);
  }

  dsc::pending_reply submit(dsc::request asked, dsc::time_point deadline) {
    dsc::reply_promise const promise{deadline};  // fails by itself at the deadline
    std::lock_guard const lock{mutex_};
    if (closed_)
      promise.fail(dsc::errc::transport_failed, "the connection is closed");
    else if (asked.tensors.size() != 1 || asked.tensors[0].spec.size() != asked.tensors[0].data.size())
      promise.fail(dsc::errc::bad_tensor, "a request must have one tensor, whose bytes are those that its shape means");
    else
      queue_.push_back({next_id_++, std::move(asked), promise});
    changed_.notify_all();
    return promise.pending();
  }

 private:
  struct outgoing {
    std::uint64_t id;
    dsc::request asked;  // owns its bytes, until they are written
    dsc::reply_promise promise;
  };

  void write_all() {
    for (std::unique_lock lock{mutex_};;) {
      changed_.wait(lock, [this] { return closed_ || !queue_.empty(); });
      if (closed_) return;
      outgoing const next = std::move(queue_.front());
      queue_.pop_front();
      if (next.promise.cancelled()) continue;  // nobody waits for it any more
      std::erase_if(waiting_, [](auto const& entry) { return entry.second.cancelled(); });
      waiting_.emplace(next.id, next.promise);
      dsc::wire_tensor const& h = next.asked.tensors[0];
      lock.unlock();
      bool const sent = send_message(socket_, describe(next.id, next.asked.layers, h), h.data.view());
      if (!sent) close_down();
      lock.lock();
    }
  }

  void read_all() {
    for (message answer; receive_all(socket_, &answer, sizeof answer);) {
      std::optional<dsc::wire_tensor> y;
      try {
        if (answer.failed == 0) y = receive_tensor(socket_, answer);
      } catch (std::exception const&) {  // a shape that means nothing
      }
      if (!y && answer.failed == 0) break;
      std::lock_guard const lock{mutex_};
      auto const entry = waiting_.extract(answer.id);
      if (entry.empty()) continue;
      if (y)
        entry.mapped().fulfil({.tensors = {*y}, .tail = dsc::seconds{answer.tail}});
      else
        entry.mapped().fail(dsc::errc::transport_failed, "the server could not run these layers");
    }
    close_down();
  }

  // Whoever waits hears of it at once.
  void close_down() {
    std::lock_guard const lock{mutex_};
    closed_ = true;
    ::shutdown(socket_, SHUT_RDWR);
    for (outgoing const& left : queue_) left.promise.fail(dsc::errc::transport_failed, "the connection broke");
    for (auto const& [id, promise] : waiting_) promise.fail(dsc::errc::transport_failed, "the connection broke");
    queue_.clear();
    waiting_.clear();
    changed_.notify_all();
  }

  int socket_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<outgoing> queue_;
  std::map<std::uint64_t, dsc::reply_promise> waiting_;
  std::uint64_t next_id_ = 1;
  bool closed_ = false;
  std::thread writer_, reader_;
};
static_assert(dsc::Transport<tcp_link>);

// 4. A network to run: every layer adds up neighbours.
struct pairs {
  std::string_view name() const { return "pairs"; }
  dsc::bytes bytes_out;
  dsc::bytes output_bytes() const { return bytes_out; }
};
struct sums {
  using tensor_type = std::vector<float>;
  std::array<pairs, 3> rows{pairs{2048_B}, pairs{1024_B}, pairs{512_B}};
  dsc::bytes input_bytes() const { return 4096_B; }
  std::span<pairs const> layers() const { return rows; }
  tensor_type forward(tensor_type x, dsc::layer_span span) const {
    dsc::check_span(span, rows.size());
    for (std::size_t layer = 0; layer < span.size(); ++layer) {
      for (std::size_t i = 0; i < x.size() / 2; ++i) x[i] = x[2 * i] + x[2 * i + 1];
      x.resize(x.size() / 2);
    }
    return x;
  }
};

// 5. What the laws want to hold back: a server with a gate before its layers.
struct fixture {
  std::atomic<bool> held = false;
  tail_server server{[this](std::vector<float> x, dsc::layer_span span) {
    while (held) std::this_thread::sleep_for(std::chrono::milliseconds{1});
    return sums{}.forward(std::move(x), span);
  }};
  std::optional<tcp_link> link{std::in_place, server.port()};

  tcp_link& transport() { return *link; }
  dsc::request ask(std::size_t number) const {
    std::vector<float> const x(1024, static_cast<float>(number));
    return {{1_split, 3_split}, {dsc::to_wire(std::make_shared<std::vector<float> const>(x))}};
  }
  std::vector<std::byte> answer(dsc::request const& asked) const {
    auto const y = sums{}.forward(dsc::from_wire<std::vector<float>>(asked.tensors[0]), asked.layers);
    auto const data = std::as_bytes(std::span{y});
    return {data.begin(), data.end()};
  }
  void hold() { held = true; }
  void release() { held = false; }
  void close() { link.reset(); }
  std::vector<dsc::request> nonsense() const {
    dsc::request too_many_layers = ask(1), lies = ask(2);
    too_many_layers.layers.end = 9_split;
    lies.tensors[0].spec.shape = {1'000'000'000};
    return {{}, too_many_layers, lies};
  }
};

int main() {
  std::vector<float> const x(1024, 1.0F), whole = sums{}.forward(x, {0_split, 3_split});
  auto server = std::make_optional<tail_server>([](auto h, auto span) { return sums{}.forward(std::move(h), span); });
  tcp_link link{server->port()};
  dsc::session device{sums{}, dsc::fixed_split{1_split}, link, {.hedge = dsc::hedge::never_before(10_s)}};
  for (bool const alive : {true, false}) {
    if (!alive) server.reset();
    auto const [answer, record] = device.infer(x);
    std::cout << (record.fell_back() ? "finished here" : "answered by the server") << ", "
              << (answer == whole ? "same answer\n" : "another answer\n");
  }
  fixture under_test;
  std::cout << dsc::laws::check_transport(under_test).size() << " laws broken\n";
}
