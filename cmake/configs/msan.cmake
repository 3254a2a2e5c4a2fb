# cmake -C cmake/configs/msan.cmake -B build-msan [-DPOOLNORM_ISAS="avx2;portable"]
# MemorySanitizer. It must see all code that writes memory, so the library alone is built, for tests/msan.sh.
set(CMAKE_C_COMPILER clang CACHE STRING "")
set(CMAKE_CXX_COMPILER clang++ CACHE STRING "")
set(CMAKE_BUILD_TYPE None CACHE STRING "")
set(CMAKE_CXX_FLAGS "-O1 -g1 -fsanitize=memory -fno-omit-frame-pointer" CACHE STRING "")
set(POOLNORM_KERNEL_OPT "-O1" CACHE STRING "")
set(POOLNORM_OPENMP OFF CACHE BOOL "")
set(POOLNORM_BUILD_TESTS OFF CACHE BOOL "")
set(POOLNORM_BUILD_BENCH OFF CACHE BOOL "")
