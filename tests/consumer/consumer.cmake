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

# Position-independent: the archive goes into a shared library.
add_library(plugin SHARED "${main}")
target_link_libraries(plugin PRIVATE poolnorm::poolnorm)
target_link_options(plugin PRIVATE -Wl,--no-undefined)

# Every public header alone, without a warning, as C++17 and C++20.
file(GLOB headers RELATIVE "${POOLNORM_INCLUDE_DIR}" "${POOLNORM_INCLUDE_DIR}/poolnorm/*.h*")
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
