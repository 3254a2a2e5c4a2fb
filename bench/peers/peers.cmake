# The peers that this machine has. By header and library, not by their CMake packages: those insist on
# what a CPU does without (OpenCL, CUDA), and set flags for everybody.

# poolnorm_bench_peer(<name> HEADER <file> [SUFFIXES ...] LIBRARIES ... SOURCES ... PACKAGE <Debian's>)
# finds it, or says what would; POOLNORM_BENCH_<name> is defined where it is found.
function(poolnorm_bench_peer name)
  cmake_parse_arguments(PEER "" "HEADER;PACKAGE" "SUFFIXES;LIBRARIES;SOURCES" ${ARGN})
  option(POOLNORM_BENCH_WITH_${name} "Run the benchmark beside this peer where it is installed" ON)
  find_path(POOLNORM_${name}_INCLUDE ${PEER_HEADER} PATH_SUFFIXES ${PEER_SUFFIXES})
  mark_as_advanced(POOLNORM_${name}_INCLUDE POOLNORM_BENCH_WITH_${name})
  set(found ${POOLNORM_${name}_INCLUDE})
  set(libraries)
  foreach(library IN LISTS PEER_LIBRARIES)
    find_library(POOLNORM_${name}_LIBRARY_${library} ${library})
    mark_as_advanced(POOLNORM_${name}_LIBRARY_${library})
    list(APPEND libraries "${POOLNORM_${name}_LIBRARY_${library}}")
    if(NOT POOLNORM_${name}_LIBRARY_${library})
      set(found FALSE)
    endif()
  endforeach()
  if(NOT found OR NOT POOLNORM_BENCH_WITH_${name})
    message(STATUS "poolnorm: the benchmark runs without ${name} (Debian: ${PEER_PACKAGE})")
    return()
  endif()
  target_sources(poolnorm_bench PRIVATE ${PEER_SOURCES})
  target_compile_definitions(poolnorm_bench PRIVATE POOLNORM_BENCH_${name})
  target_include_directories(poolnorm_bench SYSTEM PRIVATE "${POOLNORM_${name}_INCLUDE}")
  target_link_libraries(poolnorm_bench PRIVATE ${libraries})
  message(STATUS "poolnorm: the benchmark runs beside ${name}")
endfunction()

poolnorm_bench_peer(ONEDNN HEADER oneapi/dnnl/dnnl.hpp LIBRARIES dnnl
  SOURCES peers/onednn.cpp peers/onednn_primitives.cpp peers/onednn_pools.cpp peers/onednn_norms.cpp PACKAGE libdnnl-dev)
poolnorm_bench_peer(TORCH HEADER ATen/ATen.h LIBRARIES torch_cpu c10
  SOURCES peers/torch.cpp peers/torch_gradients.cpp PACKAGE libtorch-dev)
poolnorm_bench_peer(ONNXRUNTIME HEADER onnxruntime_cxx_api.h SUFFIXES onnxruntime onnxruntime/core/session
  LIBRARIES onnxruntime SOURCES peers/onnxruntime.cpp peers/onnx_model.cpp PACKAGE libonnxruntime-dev)
find_path(POOLNORM_XNNPACK_INCLUDE xnnpack.h)
if(POOLNORM_XNNPACK_INCLUDE)
  file(STRINGS "${POOLNORM_XNNPACK_INCLUDE}/xnnpack.h" reduces REGEX xnn_define_static_reduce LIMIT_COUNT 1)
  if(NOT reduces)
    message(STATUS "poolnorm: XNNPACK is older than 2024")
    set(POOLNORM_BENCH_WITH_XNNPACK OFF)
  endif()
endif()
poolnorm_bench_peer(XNNPACK HEADER xnnpack.h LIBRARIES XNNPACK pthreadpool SOURCES peers/xnnpack.cpp
  PACKAGE "libxnnpack-dev libpthreadpool-dev")

# What caps XNNPACK; without it the runs with narrower instruction sets go without XNNPACK.
find_path(POOLNORM_CPUINFO_INCLUDE cpuinfo.h)
find_library(POOLNORM_CPUINFO_LIBRARY cpuinfo)
mark_as_advanced(POOLNORM_CPUINFO_INCLUDE POOLNORM_CPUINFO_LIBRARY)
if(POOLNORM_CPUINFO_INCLUDE AND POOLNORM_CPUINFO_LIBRARY)
  target_compile_definitions(poolnorm_bench PRIVATE POOLNORM_BENCH_CPUINFO)
  target_link_libraries(poolnorm_bench PRIVATE "${POOLNORM_CPUINFO_LIBRARY}")
endif()

# Its deprecated names are those that all versions have.
set_source_files_properties(peers/xnnpack.cpp PROPERTIES COMPILE_OPTIONS -Wno-deprecated-declarations)
