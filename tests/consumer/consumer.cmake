# What every consumer tries, given poolnorm::poolnorm and POOLNORM_INCLUDE_DIR.
set(main "${CMAKE_CURRENT_LIST_DIR}/main.cpp")
set(strict -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wold-style-cast -Werror)

enable_testing()
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)

add_executable(plain "${main}")
add_executable(bare "${main}")
target_compile_options(bare PRIVATE -fno-exceptions -fno-rtti)
foreach(program IN ITEMS plain bare)
  target_link_libraries(${program} PRIVATE poolnorm::poolnorm)
  add_test(NAME ${program} COMMAND ${program})
endforeach()

# C, by itself: the linker learns of the C++ library from the package.
add_executable(c_program "${CMAKE_CURRENT_LIST_DIR}/c_program.c")
target_compile_options(c_program PRIVATE -std=c99 -pedantic -Wall -Wextra -Werror)

# Hosts: their threads, their order of tasks, their odd places to call from.
find_package(Threads REQUIRED)
find_package(OpenMP QUIET COMPONENTS CXX)
foreach(program IN ITEMS thread_pool unkind_executor hard_places toy_runtime)
  add_executable(${program} "${CMAKE_CURRENT_LIST_DIR}/${program}.cpp")
  target_link_libraries(${program} PRIVATE Threads::Threads)
  target_compile_options(${program} PRIVATE ${strict} -Wno-unknown-pragmas)
endforeach()
if(OpenMP_CXX_FOUND)
  target_link_libraries(hard_places PRIVATE OpenMP::OpenMP_CXX)
endif()
foreach(program IN ITEMS c_program thread_pool unkind_executor hard_places)
  target_link_libraries(${program} PRIVATE poolnorm::poolnorm)
  add_test(NAME ${program} COMMAND ${program})
endforeach()
target_link_libraries(toy_runtime PRIVATE poolnorm::poolnorm)
add_test(NAME toy_runtime COMMAND toy_runtime "${CMAKE_CURRENT_LIST_DIR}/toy_cnn.txt")

# Position-independent: the archive goes into a shared library.
add_library(plugin SHARED "${main}")
target_link_libraries(plugin PRIVATE poolnorm::poolnorm)
target_link_options(plugin PRIVATE -Wl,--no-undefined)

# Every public header alone, without a warning, as C++17 and C++20.
file(GLOB headers RELATIVE "${POOLNORM_INCLUDE_DIR}" "${POOLNORM_INCLUDE_DIR}/poolnorm/*.h*"
  "${POOLNORM_INCLUDE_DIR}/poolnorm/c/*.h")
foreach(header IN LISTS headers)
  string(MAKE_C_IDENTIFIER "${header}" name)
  file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/headers/${name}.cpp" CONTENT "#include <${header}>\n" @ONLY)
  list(APPEND header_sources "${CMAKE_CURRENT_BINARY_DIR}/headers/${name}.cpp")
endforeach()
foreach(standard IN ITEMS 17 20)
  add_library(headers_${standard} OBJECT ${header_sources})
  set_target_properties(headers_${standard} PROPERTIES CXX_STANDARD ${standard} CXX_EXTENSIONS OFF)
  target_include_directories(headers_${standard} PRIVATE "${POOLNORM_INCLUDE_DIR}")
  target_compile_options(headers_${standard} PRIVATE ${strict})
endforeach()
