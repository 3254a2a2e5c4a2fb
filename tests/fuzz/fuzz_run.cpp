// Random requests decided by the fuzzer's bytes, run on every ISA between guard pages, with either canary, and
// compared bit for bit with the reference (support/random_checks.hpp).
#define DOCTEST_CONFIG_IMPLEMENT
#include "support/doctest.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "fuzz/bytes.hpp"
#include "support/isas.hpp"
#include "support/random_checks.hpp"

using namespace poolnorm::tests;

namespace {

// A failed check ends the run, so that the input is kept.
void fail(const doctest::AssertData& data) {
  if (!data.m_failed) return;
  std::fprintf(stderr, "%s:%d: %s( %s ) is %s\n", data.m_file, data.m_line, doctest::assertString(data.m_at),
               data.m_expr, data.m_decomp.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  static doctest::Context context;
  context.setAsDefaultForAssertsOutOfTestCases();
  context.setAssertHandler(fail);
  char program[] = "fuzz_run";
  char* arguments[] = {program, nullptr};
  const std::string problem = select_isas(1, arguments);
  if (problem.empty()) return 0;
  std::fprintf(stderr, "%s\n", problem.c_str());
  std::exit(1);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr void (*checks[])(Random&) = {check_random_pool,
                                                check_random_norm,
                                                check_random_chain,
                                                check_random_training,
                                                check_random_layer_norm,
                                                check_random_group_norm,
                                                check_random_backward,
                                                check_random_indices,
                                                check_random_pool_backward,
                                                check_random_row_backward,
                                                check_random_training_chain,
                                                check_random_response,
                                                check_random_response_backward,
                                                check_random_excite,
                                                check_random_training_in_parts};
  if (size == 0) return 0;
  Random random(data + 1, size - 1);
  checks[poolnorm::fuzz::target(data[0], sizeof checks / sizeof *checks)](random);
  return 0;
}
