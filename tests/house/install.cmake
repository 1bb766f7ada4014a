# The library installs, and an outside program finds it, builds and trains.
# Run as: cmake -DBUILD=<build folder> -DOUTSIDE=<program's folder> -DEXAMPLES=<folder> -DDATA=<MNIST> -DWORK=<scratch folder> -DGENERATOR=.. -DCXX=.. -P install.cmake
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
run(${WORK}/examples/classifier ${DATA} 300)
run(${WORK}/prefix/bin/cgan_jit train --preset pytorch-gan --steps 2 --data ${DATA} --out ${WORK}/run --test-interval 0)
run(${WORK}/examples/sample ${WORK}/run/checkpoints/last)
