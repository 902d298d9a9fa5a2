# Makes a plugin as a stranger does, and runs the commands that were printed, word by word; then checks it and runs it.
# Run with -DLANGUAGE= -DWORK= -DBUILD= -DSTEPCTL= -DSTEPD= -DLAUNCHER=
function(must expected)
    execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${WORK} RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE err)
    if(NOT code EQUAL 0 OR NOT out MATCHES "${expected}")
        message(FATAL_ERROR "${ARGN} ended with ${code}, wanted '${expected}':\n${out}${err}")
    endif()
    set(out "${out}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})
set(ENV{CMAKE_C_COMPILER_LAUNCHER} "${LAUNCHER}")
set(ENV{CMAKE_CXX_COMPILER_LAUNCHER} "${LAUNCHER}")

must("plugins run" ${STEPCTL} plugins new page_size --lang ${LANGUAGE} --quiet)
file(WRITE ${WORK}/commands "${out}")
must("\"bytes\": " bash -e commands)
must("page_size 0.1.0" ${STEPCTL} plugins check page_size/build/page_size.so)
must("" ${STEPCTL} check page_size/stepd.yaml page_size/pipelines/page_size.yaml)
must("" ${STEPD} --config=page_size/stepd.yaml --check)

# Nothing is written over what is there.
execute_process(COMMAND ${STEPCTL} plugins new page_size WORKING_DIRECTORY ${WORK} RESULT_VARIABLE code ERROR_VARIABLE err)
if(NOT code EQUAL 1 OR NOT err MATCHES "is there already and not empty")
    message(FATAL_ERROR "a second plugins new ended with ${code}: ${err}")
endif()
execute_process(COMMAND ${STEPCTL} plugins new Page-Size WORKING_DIRECTORY ${WORK} RESULT_VARIABLE code ERROR_VARIABLE err)
if(NOT code EQUAL 1 OR NOT err MATCHES "such as page_size" OR EXISTS ${WORK}/Page-Size)
    message(FATAL_ERROR "a name that C++ cannot take ended with ${code}: ${err}")
endif()
