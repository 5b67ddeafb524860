// A server in a process of its own, to be stopped and killed by a test: peer PORT WEIGHTS prints
// its port once it serves.
#include <cstdio>
#include <cstdlib>

#include "test_server.hpp"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  dsc::deployment offered = dsc::oip::test::small_deployment(1'000'000);
  offered.weights = argv[2];
  dsc::oip::test::test_server const server{offered, std::atoi(argv[1])};
  std::printf("%d\n", server.port());
  std::fflush(stdout);
  std::getchar();  // until the test closes the other end, however it ends
}
