# The compilers we know, the default build type, and the flags of everything under lib/.
include_guard()

foreach(known IN ITEMS GNU:12 Clang:14)
  string(REPLACE ":" ";" known "${known}")
  list(GET known 0 id)
  list(GET known 1 version)
  if(CMAKE_CXX_COMPILER_ID STREQUAL id AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS version)
    message(FATAL_ERROR
      "poolnorm needs GCC >= 12 or Clang >= 14; ${CMAKE_CXX_COMPILER} is ${id} ${CMAKE_CXX_COMPILER_VERSION}. "
      "Name another one with -DCMAKE_CXX_COMPILER=...")
  endif()
endforeach()
if(NOT CMAKE_CXX_COMPILER_ID MATCHES "^(GNU|Clang)$")
  message(WARNING "poolnorm is tested with GCC >= 12 and Clang >= 14 only, not with ${CMAKE_CXX_COMPILER_ID}.")
endif()

get_property(is_multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
if(PROJECT_IS_TOP_LEVEL AND NOT is_multi_config AND NOT CMAKE_BUILD_TYPE)
  message(STATUS "No build type given: Release")
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release, RelWithDebInfo or MinSizeRel" FORCE)
endif()

# What all of lib/ is compiled with, kernels included.
function(poolnorm_compile_as_library target)
  target_compile_features(${target} PRIVATE cxx_std_20)
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF
    POSITION_INDEPENDENT_CODE ON
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
  target_compile_options(${target} PRIVATE
    # A project around us may have -ffast-math or -Ofast: undone. Its contraction goes first, or Clang 14 warns.
    "SHELL:-ffp-contract=off -fno-fast-math"
    $<$<CXX_COMPILER_ID:GNU>:-fno-allow-store-data-races>  # -Ofast again
    # The same bits on every ISA: a product and a sum are two roundings.
    -ffp-contract=off
    # sqrt is one instruction, not a call to libm for the sake of errno. Changes no result.
    -fno-math-errno
    -fno-exceptions
    -fno-rtti
    # f64 is a decision here, not an accident.
    -Wdouble-promotion)
  if(POOLNORM_PREFIX)
    target_compile_definitions(${target} PRIVATE
      POOLNORM_PREFIX=${POOLNORM_PREFIX} poolnorm=${POOLNORM_PREFIX}poolnorm)
  endif()
  target_include_directories(${target} PRIVATE
    "${PROJECT_SOURCE_DIR}/include"
    "${PROJECT_SOURCE_DIR}/lib"
    "${PROJECT_BINARY_DIR}/generated")
  target_link_libraries(${target} PRIVATE "$<BUILD_INTERFACE:poolnorm_warnings>")
endfunction()
