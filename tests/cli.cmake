# What of the program needs no process of its own.
add_room_tests(cli cgan_jit_cli ZLIB::ZLIB)

# The nets of `cgan_jit bench --model`, run as it runs them.
add_room_tests(bench cgan_jit_cli)

# The program from outside: tests/cli/*_test.py run the built binary. They need nothing but Python's own library.
find_package(Python3 COMPONENTS Interpreter)
if(NOT Python3_FOUND)
  message(STATUS "Python 3 not found: the command line is not tested")
  return()
endif()

file(GLOB cli_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/cli/*_test.py)
foreach(test ${cli_tests})
  get_filename_component(name ${test} NAME_WE)
  string(REGEX REPLACE "_test$" "" name ${name})
  add_test(NAME cli.${name} COMMAND ${Python3_EXECUTABLE} ${test})
  set_tests_properties(cli.${name} PROPERTIES TIMEOUT 300
    ENVIRONMENT "CGAN_JIT=$<TARGET_FILE:cgan_jit>;SOURCE_DIR=${PROJECT_SOURCE_DIR};PYTHONDONTWRITEBYTECODE=1")
endforeach()
# Training, with the threads that prepare data and draw pictures beside it.
set_tests_properties(cli.train PROPERTIES LABELS threads)
