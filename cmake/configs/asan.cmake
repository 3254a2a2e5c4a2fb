# cmake -C cmake/configs/asan.cmake -B build-asan
# AddressSanitizer and UndefinedBehaviorSanitizer; the first finding ends the run. Division by zero is a
# value in floating point, and is not asked for.
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
set(CMAKE_CXX_FLAGS "-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer" CACHE STRING "")
