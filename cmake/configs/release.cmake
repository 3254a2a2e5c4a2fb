# cmake -C cmake/configs/release.cmake -B build
set(CMAKE_BUILD_TYPE Release CACHE STRING "")
