// Running a static model allocates nothing: this program counts every allocation that goes through
// operator new.
#include "../catch.hpp"

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <utility>

#include "../support/small_cnn.hpp"

namespace {
std::atomic<std::size_t> allocations{0};

void* counted_allocation(std::size_t size, std::size_t alignment) {
  ++allocations;
  std::size_t const rounded = (size + alignment) / alignment * alignment;
  if (void* const memory = std::aligned_alloc(alignment, rounded)) return memory;
  throw std::bad_alloc{};
}
}  // namespace

// All forms, because AddressSanitizer brings its own for those that are missing. Inlined, g++ takes
// their pairs for mismatched.
[[gnu::noinline]] void* operator new(std::size_t size) { return counted_allocation(size, alignof(std::max_align_t)); }
[[gnu::noinline]] void* operator new[](std::size_t size) { return counted_allocation(size, alignof(std::max_align_t)); }
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t a) {
  return counted_allocation(size, static_cast<std::size_t>(a));
}
[[gnu::noinline]] void* operator new[](std::size_t size, std::align_val_t a) {
  return counted_allocation(size, static_cast<std::size_t>(a));
}
[[gnu::noinline]] void* operator new(std::size_t size, std::nothrow_t const&) noexcept { return ::operator new(size); }
[[gnu::noinline]] void* operator new[](std::size_t size, std::nothrow_t const&) noexcept {
  return ::operator new[](size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace {

using namespace dsc;
using dsc::test::small_cnn;

constexpr small_cnn net;
// No constant: g++ runs constexpr calls of constants while it compiles, asked or not.
std::uint32_t run_time_seed = 1;

template <class Action>
std::size_t allocations_of(Action&& action) {
  std::size_t const before = allocations;
  action();
  return allocations - before;
}

TEST_CASE("the counter counts") {
  constexpr std::align_val_t wide{128};
  REQUIRE(allocations_of([] { operator delete(operator new(3)); }) == 1);
  REQUIRE(allocations_of([] { operator delete[](operator new[](900)); }) == 1);
  REQUIRE(allocations_of([] { operator delete(operator new(128, wide), wide); }) == 1);
}

TEST_CASE("head, tail and whole allocate nothing at any split point") {
  auto const x = test::made_up_image<small_cnn>(run_time_seed);
  bool same = true;
  std::size_t const counted = allocations_of([&] {
    auto const answer = whole(net)(x);
    [&]<std::size_t... l>(std::index_sequence<l...>) {
      same = (... && (tail<l>(net)(head<l>(net)(x)) == answer));
    }(std::make_index_sequence<small_cnn::size + 1>{});
  });
  REQUIRE(same);
  REQUIRE(counted == 0);
}

TEST_CASE("run-time spans allocate nothing at any split point") {
  small_cnn::tensor_type const x{test::made_up_image<small_cnn>(run_time_seed)};
  bool same = true;
  std::size_t const counted = allocations_of([&] {
    auto const answer = net.forward(x, head_of(split_point{small_cnn::size}));
    for (std::size_t l = 0; l <= small_cnn::size; ++l) {
      split_point const split{l};
      same = same && net.forward(net.forward(x, head_of(split)), tail_of(split, small_cnn::size)) == answer;
    }
  });
  REQUIRE(same);
  REQUIRE(counted == 0);
}

TEST_CASE("carrying a representation as bytes and back allocates nothing") {
  small_cnn::tensor_type const x{test::made_up_image<small_cnn>(run_time_seed)};
  bool same = true;
  std::size_t const counted = allocations_of([&] { same = small_cnn::tensor_type::make(x.spec(), x.data()) == x; });
  REQUIRE(same);
  REQUIRE(counted == 0);
}

}  // namespace
