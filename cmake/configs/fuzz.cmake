# cmake [-DPOOLNORM_FUZZ_SANITIZE=] -C cmake/configs/fuzz.cmake -B build-fuzz  (the option first)
# The fuzzers of tests/fuzz/ and a library whose branches they see, under AddressSanitizer and
# UndefinedBehaviorSanitizer; with no sanitizers they are some ten times as fast.
set(POOLNORM_FUZZ_SANITIZE ",address,undefined" CACHE STRING "")
get_filename_component(POOLNORM_FUZZ_UNSEEN "${CMAKE_CURRENT_LIST_DIR}/../../tests/fuzz/uninstrumented.txt" ABSOLUTE)
set(CMAKE_C_COMPILER clang CACHE STRING "")
set(CMAKE_CXX_COMPILER clang++ CACHE STRING "")
set(CMAKE_BUILD_TYPE None CACHE STRING "")
set(CMAKE_CXX_FLAGS
  "-O1 -gline-tables-only -fsanitize=fuzzer-no-link${POOLNORM_FUZZ_SANITIZE} -fsanitize-coverage-ignorelist=${POOLNORM_FUZZ_UNSEEN} -fno-sanitize-recover=all -fno-omit-frame-pointer"
  CACHE STRING "")
set(CMAKE_C_FLAGS "${CMAKE_CXX_FLAGS}" CACHE STRING "")
set(POOLNORM_KERNEL_OPT "-O1" CACHE STRING "")
set(POOLNORM_OPENMP OFF CACHE BOOL "")
set(POOLNORM_BUILD_FUZZERS ON CACHE BOOL "")
set(POOLNORM_BUILD_TESTS OFF CACHE BOOL "")
set(POOLNORM_BUILD_BENCH OFF CACHE BOOL "")
