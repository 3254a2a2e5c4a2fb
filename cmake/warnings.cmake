# poolnorm_warnings: link it privately to a target of ours.
include_guard()

add_library(poolnorm_warnings INTERFACE)
target_compile_options(poolnorm_warnings INTERFACE
  -Wall
  -Wextra
  -Wpedantic
  -Wconversion
  $<$<CXX_COMPILER_ID:Clang>:-Wno-sign-conversion>  # GCC's -Wconversion does not mean it in C++
  -Wshadow
  $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast>
  -Wcast-align
  -Wcast-qual
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
  -Wunused
  # Vectors as template arguments lose their alignment attribute, in every SIMD library; passing them
  # by value is fine, since such functions never cross from one ISA's objects to another's.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-ignored-attributes>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-psabi>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(poolnorm_warnings INTERFACE
    -Wno-maybe-uninitialized -Wno-uninitialized  # GCC 105593: its own AVX-512 intrinsics
    -Wno-restrict)                               # GCC 105651: its own std::string
endif()
if(POOLNORM_WERROR)
  target_compile_options(poolnorm_warnings INTERFACE -Werror)
endif()
