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

# Boost is found by itself: wherever CMAKE_PREFIX_PATH says, and where it is nowhere, one sentence says what is missing.
find_program(ninja NAMES ninja ninja-build REQUIRED)
set(no_system_folders -D CMAKE_MAKE_PROGRAM=${ninja} -D CMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF -D CMAKE_FIND_USE_SYSTEM_ENVIRONMENT_PATH=OFF)
set(configure ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -G Ninja -D CMAKE_CXX_COMPILER=${compiler} -D way=${way}
    -D dsc_source=${dsc_source} ${no_system_folders})
execute_process(COMMAND ${configure} -B ${work}/without_boost -D CMAKE_PREFIX_PATH=${work}/stage
                RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
string(REGEX REPLACE "[ \n]+" " " output "${output}")
if(status EQUAL 0 OR NOT output MATCHES "install Boost \\(on Debian the package libboost-dev\\)")
  message(FATAL_ERROR "without Boost, configuring ended with ${status} and did not say what to install:\n${output}")
endif()
file(READ ${work}/build/CMakeCache.txt cache)
string(REGEX MATCH "DSC_BOOST_INCLUDE_DIR:PATH=([^\n]*)" found "${cache}")
file(MAKE_DIRECTORY ${work}/elsewhere/include)
file(CREATE_LINK ${CMAKE_MATCH_1}/boost ${work}/elsewhere/include/boost SYMBOLIC)
run(${configure} -B ${work}/boost_elsewhere -D dsc_ROOT=${work}/stage -D CMAKE_PREFIX_PATH=${work}/elsewhere -D CMAKE_EXPORT_COMPILE_COMMANDS=ON)
file(READ ${work}/boost_elsewhere/compile_commands.json commands)
if(NOT commands MATCHES "${work}/elsewhere/include")
  message(FATAL_ERROR "Boost in ${work}/elsewhere is not where the consumer looks:\n${commands}")
endif()
