# Installs the SDK to an empty prefix, takes the example out of its README, builds it outside the tree and loads it.
# Run with -DBUILD= -DREADME= -DWORK= -DLOADER= -DWORKER= -DCXX= -DFLAGS= -DLAUNCHER=
function(must)
    execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE out)
    if(NOT code EQUAL 0)
        message(FATAL_ERROR "${ARGN} ended with ${code}:\n${out}")
    endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK}/source)
must(${CMAKE_COMMAND} --install ${BUILD} --component sdk --prefix ${WORK}/prefix)

# take(<fence> <nth> <file>): the nth code block of that language.
file(READ ${README} text)
function(take fence nth file)
    set(rest "${text}")
    foreach(i RANGE 1 ${nth})
        string(FIND "${rest}" "```${fence}\n" at)
        if(at EQUAL -1)
            message(FATAL_ERROR "the README has no ${fence} block number ${nth}")
        endif()
        string(SUBSTRING "${rest}" ${at} -1 rest)
        string(FIND "${rest}" "\n" line)
        string(SUBSTRING "${rest}" ${line} -1 rest)
    endforeach()
    string(FIND "${rest}" "\n```" end)
    string(SUBSTRING "${rest}" 0 ${end} block)
    file(WRITE ${WORK}/source/${file} "${block}\n")
endfunction()
take(cpp 1 robots.cpp)
take(cpp 2 robots_test.cpp)
take(cmake 1 CMakeLists.txt)
take(c 1 shout.c)
file(APPEND ${WORK}/source/CMakeLists.txt
    "add_executable(robots_test robots_test.cpp)\ntarget_link_libraries(robots_test PRIVATE stepd::sdk)\n")

must(${CMAKE_COMMAND} -S ${WORK}/source -B ${WORK}/build -G Ninja -DCMAKE_PREFIX_PATH=${WORK}/prefix
    -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_CXX_FLAGS=${FLAGS} -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER})
must(${CMAKE_COMMAND} --build ${WORK}/build)
must(${WORK}/build/robots_test)
must(${LOADER} ${WORKER} ${WORK}/build/robots.so)

# The same without CMake: what pkg-config says is enough, in C++ and in C.
file(GLOB_RECURSE pc ${WORK}/prefix/stepd-sdk.pc)
get_filename_component(pkgconfig ${pc} DIRECTORY)
set(ENV{PKG_CONFIG_PATH} ${pkgconfig})
must(sh -c "${LAUNCHER} ${CXX} ${FLAGS} -std=c++20 -o ${WORK}/plain.so ${WORK}/source/robots.cpp $(pkg-config --cflags --libs stepd-sdk)")
must(${LOADER} ${WORKER} ${WORK}/plain.so)
must(${STEPCTL} plugins check ${WORK}/plain.so)
must(sh -c "${LAUNCHER} ${CC} -std=c11 -o ${WORK}/shout.so ${WORK}/source/shout.c $(pkg-config --cflags --libs stepd-sdk)")
must(${STEPCTL} plugins check ${WORK}/shout.so)
must(${STEPCTL} plugins run ${WORK}/shout.so)
