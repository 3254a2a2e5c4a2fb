# cmake -C cmake/configs/asan.cmake -B build-asan [-DPOOLNORM_ISAS="avx2;portable"]
# AddressSanitizer and UndefinedBehaviorSanitizer; the first finding ends the run.
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
# All of UndefinedBehaviorSanitizer: null, null + offset, pointer overflow, alignment, object size. -O1 for the
# kernels saves a third of the compile time.
set(CMAKE_CXX_FLAGS
  "-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
  CACHE STRING "")
set(CMAKE_C_FLAGS "${CMAKE_CXX_FLAGS}" CACHE STRING "")
set(POOLNORM_KERNEL_OPT "-O1" CACHE STRING "")
