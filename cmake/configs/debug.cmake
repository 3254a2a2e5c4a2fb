# cmake -C cmake/configs/debug.cmake -B build-debug
# Assertions and debug information; the kernels stay at -O2 (POOLNORM_KERNEL_OPT).
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
