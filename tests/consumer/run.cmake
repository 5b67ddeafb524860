# Builds and runs the consumer project afresh, with dsc brought in one of three ways.
file(REMOVE_RECURSE ${work})
file(MAKE_DIRECTORY ${work})

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${ARGN}\nended with ${status}:\n${output}")
  endif()
endfunction()

if(way STREQUAL "find_package")
  # The headers and the package files alone: what a user without LibTorch installs.
  run(${CMAKE_COMMAND} -S ${dsc_source} -B ${work}/dsc -G Ninja -D CMAKE_CXX_COMPILER=${compiler} -D DSC_BUILD_TESTS=OFF -D DSC_BUILD_ADAPTERS=OFF)
  run(${CMAKE_COMMAND} --install ${work}/dsc --prefix ${work}/stage)
endif()
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${work}/build -G Ninja -D CMAKE_CXX_COMPILER=${compiler}
    -D way=${way} -D dsc_source=${dsc_source} -D CMAKE_PREFIX_PATH=${work}/stage)
run(${CMAKE_COMMAND} --build ${work}/build)
run(${work}/build/consumer)
