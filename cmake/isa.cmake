# THE list of instruction sets: one row each, best first, portable last. A row names
#   NAME         namespace poolnorm::<name>, enumerator Isa::<name>, POOLNORM_ISA_<NAME>=1
#   ARCH         the architecture inside namespace xsimd
#   PROCESSORS   where it exists; none: everywhere
#   FLAGS        what the compiler needs
#   DEFINITIONS  what xsimd needs
include_guard()

set(POOLNORM_ALL_ISAS "")
macro(poolnorm_isa name)
  cmake_parse_arguments(POOLNORM_ISA_${name} "" "ARCH" "PROCESSORS;FLAGS;DEFINITIONS" ${ARGN})
  list(APPEND POOLNORM_ALL_ISAS ${name})
endmacro()

poolnorm_isa(avx512 ARCH avx512bw PROCESSORS x86-64
  FLAGS -mavx512f -mavx512cd -mavx512dq -mavx512bw -mavx512vl -mavx2 -mf16c -mprefer-vector-width=512)
poolnorm_isa(avx2 ARCH avx2 PROCESSORS x86-64
  FLAGS -mavx2 -mf16c)
poolnorm_isa(sse2 ARCH sse2 PROCESSORS x86-64
  FLAGS -msse2)
poolnorm_isa(neon ARCH neon64 PROCESSORS aarch64)
poolnorm_isa(portable ARCH "emulated<128>"
  DEFINITIONS XSIMD_WITH_EMULATED=1)

# The processor we compile for. A 32-bit build on a 64-bit machine has portable only.
if(NOT CMAKE_SIZEOF_VOID_P EQUAL 8)
  set(POOLNORM_PROCESSOR other)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$")
  set(POOLNORM_PROCESSOR x86-64)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64|ARM64)$")
  set(POOLNORM_PROCESSOR aarch64)
else()
  set(POOLNORM_PROCESSOR other)
endif()

set(POOLNORM_PROCESSOR_ISAS "")
foreach(isa IN LISTS POOLNORM_ALL_ISAS)
  if(NOT POOLNORM_ISA_${isa}_PROCESSORS OR POOLNORM_PROCESSOR IN_LIST POOLNORM_ISA_${isa}_PROCESSORS)
    list(APPEND POOLNORM_PROCESSOR_ISAS ${isa})
  endif()
endforeach()

set(POOLNORM_ISAS "${POOLNORM_PROCESSOR_ISAS}" CACHE STRING "Instruction sets to build kernels for")
foreach(isa IN LISTS POOLNORM_ISAS)
  if(NOT isa IN_LIST POOLNORM_PROCESSOR_ISAS)
    message(FATAL_ERROR "POOLNORM_ISAS names ${isa}; ${POOLNORM_PROCESSOR} has: ${POOLNORM_PROCESSOR_ISAS}")
  endif()
endforeach()
if(NOT "portable" IN_LIST POOLNORM_ISAS)
  message(FATAL_ERROR "POOLNORM_ISAS is \"${POOLNORM_ISAS}\"; it must name portable, the one every processor can run")
endif()

# Element types, f32 first: everything else works on it.
set(POOLNORM_ALL_ELEMENT_TYPES f32 f16 bf16 f64 s8 u8)
set(POOLNORM_ELEMENT_TYPES "${POOLNORM_ALL_ELEMENT_TYPES}" CACHE STRING "Element types to build kernels for")
foreach(type IN LISTS POOLNORM_ELEMENT_TYPES)
  if(NOT type IN_LIST POOLNORM_ALL_ELEMENT_TYPES)
    message(FATAL_ERROR "POOLNORM_ELEMENT_TYPES names ${type}; there are: ${POOLNORM_ALL_ELEMENT_TYPES}")
  endif()
endforeach()
if(NOT "f32" IN_LIST POOLNORM_ELEMENT_TYPES)
  message(FATAL_ERROR "POOLNORM_ELEMENT_TYPES is \"${POOLNORM_ELEMENT_TYPES}\"; it must name f32, which everything needs")
endif()

# SIMD wrappers are 10 to 100 times slower unoptimised, so kernels are optimised even in Debug.
set(POOLNORM_KERNEL_OPT "-O2" CACHE STRING "Optimisation of the kernels in build types that have less than -O2")

# Compiles lib/kernels/*.cpp once per ISA into `target` (poolnorm_kernels builds them alone), and writes <generated>/isa_rows.inc: one line
# POOLNORM_ISA_ROW(<name>) per ISA of the build, in the order of the list above; likewise <table>_rows.inc, one line
# POOLNORM_TYPE_ROW(<isa>, <element type>) per pair that has a <table>_<type>.cpp.
function(poolnorm_add_kernels target)
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/lib/kernels/*.cpp")
  poolnorm_leave_out(sources)
  foreach(type IN LISTS POOLNORM_ALL_ELEMENT_TYPES)
    if(NOT type IN_LIST POOLNORM_ELEMENT_TYPES)
      list(FILTER sources EXCLUDE REGEX "/(pool|norm|moments|training|gradient)_${type}\\.cpp$")
    endif()
  endforeach()
  # What s8 and u8 share.
  if(NOT "s8" IN_LIST POOLNORM_ELEMENT_TYPES AND NOT "u8" IN_LIST POOLNORM_ELEMENT_TYPES)
    list(FILTER sources EXCLUDE REGEX "/norm_bytes\\.cpp$")
  endif()
  add_custom_target(poolnorm_kernels)
  set(rows "")
  foreach(isa IN LISTS POOLNORM_ALL_ISAS)
    if(NOT isa IN_LIST POOLNORM_ISAS)
      continue()
    endif()
    string(TOUPPER ${isa} ISA)
    set(kernels poolnorm_kernels_${isa})
    add_library(${kernels} OBJECT ${sources})
    poolnorm_compile_as_library(${kernels})
    # xsimd exists below the border only.
    target_include_directories(${kernels} SYSTEM PRIVATE ${POOLNORM_XSIMD_INCLUDE_DIRS})
    target_compile_definitions(${kernels} PRIVATE
      POOLNORM_KERNEL_ISA=${isa}
      POOLNORM_ISA_${ISA}=1
      "POOLNORM_XSIMD_ARCH=${POOLNORM_ISA_${isa}_ARCH}"
      # No function of xsimd is shared by two ISAs: the linker would keep one of them for both.
      xsimd=${POOLNORM_PREFIX}xsimd_for_${isa}
      # Its assertions print and abort; kernels do neither.
      NDEBUG
      ${POOLNORM_ISA_${isa}_DEFINITIONS})
    target_compile_options(${kernels} PRIVATE
      ${POOLNORM_ISA_${isa}_FLAGS}
      # The loops are unrolled where that pays; Clang would add a fifth to the code.
      $<$<CXX_COMPILER_ID:Clang>:-fno-unroll-loops>
      "$<$<NOT:$<CONFIG:Release,RelWithDebInfo>>:${POOLNORM_KERNEL_OPT}>")
    # A third of the time to compile. A compiler's cache would keep none of these files.
    if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
      target_precompile_headers(${kernels} PRIVATE "${PROJECT_SOURCE_DIR}/lib/simd/vector.hpp")
      # CMake makes a system header of it; where a file goes without, the compiler warns of what is in it.
      set_property(SOURCE "${PROJECT_SOURCE_DIR}/lib/kernels/index_convert.cpp" PROPERTY SKIP_PRECOMPILE_HEADERS ON)
    endif()
    add_dependencies(poolnorm_kernels ${kernels})
    target_sources(${target} PRIVATE "$<TARGET_OBJECTS:${kernels}>")
    string(APPEND rows "POOLNORM_ISA_ROW(${isa})\n")
    foreach(table pool norm moments training gradient)
      foreach(type IN LISTS POOLNORM_ELEMENT_TYPES)
        if(EXISTS "${PROJECT_SOURCE_DIR}/lib/kernels/${table}_${type}.cpp")
          string(APPEND ${table}_rows "POOLNORM_TYPE_ROW(${isa}, ${type})\n")
        endif()
      endforeach()
    endforeach()
  endforeach()
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/generated/isa_rows.inc" CONTENT "${rows}" @ONLY)
  foreach(table pool norm moments training gradient)
    file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/generated/${table}_rows.inc" CONTENT "${${table}_rows}" @ONLY)
  endforeach()
  list(JOIN POOLNORM_ISAS " " isas)
  message(STATUS "poolnorm: ${POOLNORM_PROCESSOR}, kernels for ${isas}")
endfunction()
