# The library installs, and outside programs find it, build and train.
# Run as: cmake -DBUILD=<build folder> -DOUTSIDE=<programs' folder> -DEXAMPLES=<folder> -DDATA=<MNIST> -DWORK=<scratch folder> -DGENERATOR=.. -DCXX=.. -P install.cmake
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${ARGN} failed (${status}):\n${output}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
run(${CMAKE_COMMAND} -G ${GENERATOR} -S ${OUTSIDE} -B ${WORK}/build -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_BUILD_TYPE=Release
    -DCMAKE_PREFIX_PATH=${WORK}/prefix)
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/regression)

# The examples, too: each ends with an error when it has not learned what it should.
run(${CMAKE_COMMAND} -G ${GENERATOR} -S ${EXAMPLES} -B ${WORK}/examples -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_BUILD_TYPE=Release
    -DCMAKE_PREFIX_PATH=${WORK}/prefix)
run(${CMAKE_COMMAND} --build ${WORK}/examples)
run(${WORK}/examples/regression)
run(${WORK}/examples/online)
run(${WORK}/examples/gru_addition)
run(${WORK}/prefix/bin/cgan_jit train --preset pytorch-gan --steps 2 --data ${DATA} --out ${WORK}/run --test-interval 0)
run(${WORK}/examples/sample ${WORK}/run/checkpoints/last)

# A run that stopped and went on has all its steps in the log, and equals one that did not stop.
set(classifier ${WORK}/examples/classifier ${DATA})
run(${classifier} ${WORK}/stopped 7)
run(${classifier} ${WORK}/stopped 24)
run(${classifier} ${WORK}/whole 24)
file(STRINGS ${WORK}/stopped/losses.csv lines)
list(LENGTH lines count)
if(NOT count EQUAL 25)
  message(FATAL_ERROR "losses.csv has ${count} lines, not a heading and 24 steps")
endif()
file(GLOB_RECURSE names RELATIVE ${WORK}/whole ${WORK}/whole/*)
file(GLOB_RECURSE others RELATIVE ${WORK}/stopped ${WORK}/stopped/*)
if(NOT "${names}" STREQUAL "${others}")
  message(FATAL_ERROR "the run that went on has the files ${others}, the other one ${names}")
endif()
foreach(name ${names})
  run(${CMAKE_COMMAND} -E compare_files ${WORK}/whole/${name} ${WORK}/stopped/${name})
endforeach()
run(${WORK}/examples/predict ${WORK}/whole/checkpoints/last ${DATA})
foreach(step 10 20 24)
  if(NOT EXISTS ${WORK}/whole/checkpoints/0000${step}.safetensors)
    message(FATAL_ERROR "no checkpoint of step ${step}")
  endif()
endforeach()

# The log ends with that step, and the loss in that column is below `bound`.
function(expect_loss folder step column bound)
  file(STRINGS ${folder}/losses.csv lines)
  list(GET lines -1 last)
  string(REPLACE "," ";" last ${last})
  list(GET last 0 last_step)
  list(GET last ${column} loss)
  if(NOT last_step EQUAL step OR NOT loss LESS bound)
    message(FATAL_ERROR "${folder}/losses.csv ends with ${last}, not with step ${step} and less than ${bound}")
  endif()
endfunction()

# Who knows only how frequent each character is has 3.15 in this text; who guesses what is real has 2 log(2).
run(${WORK}/examples/transformer ${EXAMPLES}/../docs/DESIGN.md ${WORK}/text 40)
expect_loss(${WORK}/text 40 2 3.0)
run(${WORK}/examples/dcgan ${DATA} ${WORK}/drawn 20)
expect_loss(${WORK}/drawn 20 2 1.2)
