# The house rules: rooms include only what their doors allow, headers stand alone, one layout, and it installs.
set(house ${CMAKE_CURRENT_SOURCE_DIR}/house)

find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME house.layering COMMAND Python3::Interpreter ${house}/layering.py ${PROJECT_SOURCE_DIR})
# Each kind of violation is seen in a house that has one of it.
set(violation 0)
foreach(seen "includes llvm/IR/Module.h: only codegen" "node.h includes passes/pipeline.h: not a door of ir/"
    "second.h includes passes/fuse/fuse.h: not a door of passes/graph/" "in a circle: passes/graph/first, passes/graph/second")
  math(EXPR violation "${violation} + 1")
  add_test(NAME house.layering_sees_violation_${violation} COMMAND Python3::Interpreter ${house}/layering.py ${house}/broken_house)
  set_tests_properties(house.layering_sees_violation_${violation} PROPERTIES PASS_REGULAR_EXPRESSION "${seen}")
endforeach()

set(long_house ${CMAKE_CURRENT_BINARY_DIR}/long_house)
string(REPEAT "pass\n" 401 too_long)
file(WRITE ${long_house}/tests/cli/long_test.py "${too_long}")
add_test(NAME house.layering_sees_long_files COMMAND Python3::Interpreter ${house}/layering.py ${long_house})
set_tests_properties(house.layering_sees_long_files PROPERTIES
  PASS_REGULAR_EXPRESSION "tests/cli/long_test.py has 401 lines, more than 400")

# The page of all that users call is what the headers say, and they say something of each.
add_test(NAME house.ops COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/scripts/ops.py --check ${PROJECT_SOURCE_DIR})
set(violation 0)
foreach(seen "ops.h:13: Tensor told_by_nobody.*has no comment" "ops.h:6: Tensor before_all_sections.*stands in no section"
    "frontend/forgotten.h has no place" "docs/OPS.md is not what")
  math(EXPR violation "${violation} + 1")
  add_test(NAME house.ops_sees_violation_${violation}
    COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/scripts/ops.py --check ${house}/broken_house)
  set_tests_properties(house.ops_sees_violation_${violation} PROPERTIES PASS_REGULAR_EXPRESSION "${seen}")
endforeach()

add_test(NAME house.headers_alone COMMAND ${house}/headers.sh ${CMAKE_CXX_COMPILER} ${PROJECT_SOURCE_DIR})

# clang-format's layout differs from version to version; the house's is 14, Debian 12's.
find_program(CLANG_FORMAT NAMES clang-format-14 clang-format)
if(CLANG_FORMAT)
  execute_process(COMMAND ${CLANG_FORMAT} --version OUTPUT_VARIABLE clang_format_version)
endif()
if(clang_format_version MATCHES "version 14\\.")
  add_test(NAME house.format COMMAND ${house}/format.sh ${CLANG_FORMAT} ${PROJECT_SOURCE_DIR})
else()
  message(STATUS "clang-format 14 not found: the layout is not checked")
endif()

find_program(CLANG NAMES clang++-19 clang++)
if(CLANG)
  add_test(NAME house.clang COMMAND ${house}/clang.sh ${CLANG} ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_BINARY_DIR}/house_clang)
else()
  message(STATUS "clang not found: it is not tried")
endif()

# The guide's programs, all in one, print what it says.
set(guide ${PROJECT_SOURCE_DIR}/docs/GUIDE.md)
set(guide_source ${CMAKE_CURRENT_BINARY_DIR}/guide.cpp)
add_custom_command(OUTPUT ${guide_source} DEPENDS ${guide} ${house}/guide.py
  COMMAND Python3::Interpreter ${house}/guide.py write ${guide} ${guide_source})
add_executable(guide_programs ${guide_source})
target_link_libraries(guide_programs PRIVATE cgan_jit_training cgan_jit_flags)
add_test(NAME house.guide COMMAND Python3::Interpreter ${house}/guide.py check ${guide} $<TARGET_FILE:guide_programs>
  $<TARGET_FILE:cgan_jit> ${CMAKE_CURRENT_BINARY_DIR}/house_guide)
add_test(NAME house.guide_sees_other_text COMMAND Python3::Interpreter ${house}/guide.py check ${house}/broken_house/docs/GUIDE.md
  $<TARGET_FILE:guide_programs> $<TARGET_FILE:cgan_jit> ${CMAKE_CURRENT_BINARY_DIR}/house_broken_guide)
set_tests_properties(house.guide_sees_other_text PROPERTIES PASS_REGULAR_EXPRESSION "printed\ntwo\n---- the guide has\none")

# The sanitizers' runtime would have to be linked by the outside program, too.
if(NOT CGAN_JIT_SANITIZE)
  add_test(NAME house.install COMMAND ${CMAKE_COMMAND} -DBUILD=${PROJECT_BINARY_DIR} -DOUTSIDE=${house}/outside
    -DEXAMPLES=${PROJECT_SOURCE_DIR}/examples -DDATA=${PROJECT_SOURCE_DIR}/data/mnist
    -DWORK=${CMAKE_CURRENT_BINARY_DIR}/house_install -DGENERATOR=${CMAKE_GENERATOR} -DCXX=${CMAKE_CXX_COMPILER}
    -P ${house}/install.cmake)
endif()
