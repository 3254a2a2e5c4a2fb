// The runner of all tests. Beside doctest's options: --isa=NAME runs every test on that ISA alone.
#define DOCTEST_CONFIG_IMPLEMENT
#include "support/doctest.hpp"

#include <cstdio>

#include "support/isas.hpp"

int main(int argc, char** argv) {
  const std::string problem = poolnorm::tests::select_isas(argc, argv);
  if (!problem.empty()) {
    std::fprintf(stderr, "%s\n", problem.c_str());
    return 1;
  }
  std::printf("ISAs under test:");
  for (poolnorm::Isa isa : poolnorm::tests::selected_isas()) std::printf(" %s", name(isa));
  std::printf("\n");
  std::fflush(stdout);
  return doctest::Context(argc, argv).run();
}
