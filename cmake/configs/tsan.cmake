# cmake -C cmake/configs/tsan.cmake -B build-tsan [-DPOOLNORM_ISAS="avx2;portable"]
# ThreadSanitizer. It does not know GCC's OpenMP, so the thread pools of the tests are the executors.
set(CMAKE_C_COMPILER clang CACHE STRING "")
set(CMAKE_CXX_COMPILER clang++ CACHE STRING "")
set(CMAKE_BUILD_TYPE None CACHE STRING "")
set(CMAKE_CXX_FLAGS "-O1 -gline-tables-only -fsanitize=thread -fno-omit-frame-pointer" CACHE STRING "")
set(CMAKE_C_FLAGS "${CMAKE_CXX_FLAGS}" CACHE STRING "")
set(POOLNORM_KERNEL_OPT "-O1" CACHE STRING "")
set(POOLNORM_OPENMP OFF CACHE BOOL "")
