# cmake -C cmake/configs/coverage.cmake -B build-coverage [-DPOOLNORM_ISAS="avx2;portable"]
# Counts lines and branches (tests/coverage.sh). The tests run threads, so counters are atomic.
set(CMAKE_C_COMPILER gcc CACHE STRING "")
set(CMAKE_CXX_COMPILER g++ CACHE STRING "")
set(CMAKE_BUILD_TYPE None CACHE STRING "")
set(CMAKE_CXX_FLAGS "-O1 -g1 --coverage -fprofile-update=atomic -fprofile-abs-path" CACHE STRING "")
set(CMAKE_C_FLAGS "${CMAKE_CXX_FLAGS}" CACHE STRING "")
set(POOLNORM_KERNEL_OPT "-O1" CACHE STRING "")
set(POOLNORM_OPENMP OFF CACHE BOOL "")
set(POOLNORM_BUILD_TESTS ON CACHE BOOL "")
set(POOLNORM_BUILD_BENCH OFF CACHE BOOL "")
set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON CACHE BOOL "")  # every file includes what it needs
