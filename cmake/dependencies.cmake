# What poolnorm builds on: the machine's own package where it has one, else a pinned download. Source
# addresses and commits stand here and nowhere else.
include_guard()
include(FetchContent)

set(POOLNORM_XSIMD_MINIMUM 13.1)
set(POOLNORM_XSIMD_COMMITS
  "13.2.0=1f8dd9c8e162968d9b4ff0251c56d431b8777f36"
  "14.3.0=e88a72831858123924f7118f345dfe5d70d95991")
set(POOLNORM_XSIMD_VERSION "" CACHE STRING "Fetch this xsimd, whatever the machine has; empty: the machine's")

# Sets POOLNORM_XSIMD_INCLUDE_DIRS. xsimd is header-only and no part of our interface; only its include
# directory is taken, since its target may bring xtl along.
macro(poolnorm_need_xsimd)
  set(fetched "${POOLNORM_XSIMD_VERSION}")
  if(NOT fetched)
    # Without a version: xsimd's own check refuses any other major version, and 13 and 14 both serve.
    find_package(xsimd QUIET CONFIG)
    if(xsimd_FOUND AND xsimd_VERSION VERSION_GREATER_EQUAL POOLNORM_XSIMD_MINIMUM)
      get_target_property(POOLNORM_XSIMD_INCLUDE_DIRS xsimd INTERFACE_INCLUDE_DIRECTORIES)
      message(STATUS "poolnorm: xsimd ${xsimd_VERSION} in ${POOLNORM_XSIMD_INCLUDE_DIRS}")
    else()
      if(xsimd_FOUND)
        message(STATUS "poolnorm: xsimd ${xsimd_VERSION} is older than ${POOLNORM_XSIMD_MINIMUM}")
      endif()
      message(STATUS "poolnorm: no xsimd to be found; libxsimd-dev would do: cmake/setup.sh build")
      set(fetched 13.2.0)
    endif()
  endif()
  if(fetched)
    set(commit "${POOLNORM_XSIMD_COMMITS}")
    list(FILTER commit INCLUDE REGEX "^${fetched}=")
    if(NOT commit)
      message(FATAL_ERROR "POOLNORM_XSIMD_VERSION is ${fetched}; there are: ${POOLNORM_XSIMD_COMMITS}")
    endif()
    string(REGEX REPLACE ".*=" "" commit "${commit}")
    message(STATUS "poolnorm: fetching xsimd ${fetched}")
    FetchContent_Declare(poolnorm_xsimd
      GIT_REPOSITORY https://github.com/xtensor-stack/xsimd
      GIT_TAG ${commit}
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
