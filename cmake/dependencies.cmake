# What poolnorm builds on: the machine's own package where it has one, else a pinned download. Source
# addresses and commits stand here and nowhere else.
include_guard()
include(FetchContent)

set(POOLNORM_XSIMD_MINIMUM 13.1)

# Sets POOLNORM_XSIMD_INCLUDE_DIRS. xsimd is header-only and no part of our interface; only its include
# directory is taken, since its target may bring xtl along.
macro(poolnorm_need_xsimd)
  # Without a version: xsimd's own check refuses any other major version, and 13 and 14 both serve.
  find_package(xsimd QUIET CONFIG)
  if(xsimd_FOUND AND xsimd_VERSION VERSION_GREATER_EQUAL POOLNORM_XSIMD_MINIMUM)
    get_target_property(POOLNORM_XSIMD_INCLUDE_DIRS xsimd INTERFACE_INCLUDE_DIRECTORIES)
    message(STATUS "poolnorm: xsimd ${xsimd_VERSION} in ${POOLNORM_XSIMD_INCLUDE_DIRS}")
  else()
    if(xsimd_FOUND)
      message(STATUS "poolnorm: xsimd ${xsimd_VERSION} is older than ${POOLNORM_XSIMD_MINIMUM}")
    endif()
    message(STATUS "poolnorm: fetching xsimd 13.2.0 (or install libxsimd-dev: cmake/setup.sh build)")
    FetchContent_Declare(poolnorm_xsimd
      GIT_REPOSITORY https://github.com/xtensor-stack/xsimd
      GIT_TAG 1f8dd9c8e162968d9b4ff0251c56d431b8777f36  # 13.2.0
      SOURCE_SUBDIR include)  # no CMakeLists.txt there: the headers are fetched, nothing is added
    FetchContent_MakeAvailable(poolnorm_xsimd)
    set(POOLNORM_XSIMD_INCLUDE_DIRS "${poolnorm_xsimd_SOURCE_DIR}/include")
  endif()
endmacro()

# Target doctest::doctest.
macro(poolnorm_need_doctest)
  find_package(doctest QUIET CONFIG)
  if(NOT doctest_FOUND)
    message(STATUS "poolnorm: fetching doctest 2.4.12 (or install doctest-dev: cmake/setup.sh tests)")
    set(DOCTEST_WITH_TESTS OFF CACHE INTERNAL "")
    set(DOCTEST_NO_INSTALL ON CACHE INTERNAL "")
    FetchContent_Declare(doctest
      GIT_REPOSITORY https://github.com/doctest/doctest
      GIT_TAG 1da23a3e8119ec5cce4f9388e91b065e20bf06f5)  # v2.4.12
    FetchContent_MakeAvailable(doctest)
  endif()
endmacro()

# Target benchmark::benchmark.
macro(poolnorm_need_benchmark)
  find_package(benchmark QUIET CONFIG)
  if(NOT benchmark_FOUND)
    message(STATUS "poolnorm: fetching benchmark 1.9.1 (or install libbenchmark-dev: cmake/setup.sh bench)")
    set(BENCHMARK_ENABLE_TESTING OFF CACHE INTERNAL "")
    set(BENCHMARK_ENABLE_INSTALL OFF CACHE INTERNAL "")
    set(BENCHMARK_ENABLE_GTEST_TESTS OFF CACHE INTERNAL "")
    FetchContent_Declare(benchmark
      GIT_REPOSITORY https://github.com/google/benchmark
      GIT_TAG c58e6d0710581e3a08d65c349664128a8d9a2461)  # v1.9.1
    FetchContent_MakeAvailable(benchmark)
  endif()
endmacro()
