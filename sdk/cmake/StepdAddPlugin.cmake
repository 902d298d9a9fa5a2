# stepd_add_plugin(<name> SOURCES <file>... [LINKS <target>...])
#
# Builds the plugin library <name>.so as target <name>_plugin, in ${STEPD_PLUGIN_OUTPUT_DIRECTORY} if that is set, and hardened:
# it exports the one function of the ABI and nothing else (templates of the standard library are not hidden by
# -fvisibility=hidden), and what it needs and no library has is an error of the build. Its objects are the target
# <name>_plugin_objects.
function(stepd_add_plugin name)
    cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
    if(NOT arg_SOURCES)
        message(FATAL_ERROR "stepd_add_plugin(${name}): name its source files behind SOURCES")
    endif()
    add_library(${name}_plugin_objects OBJECT ${arg_SOURCES})
    set_target_properties(${name}_plugin_objects PROPERTIES
        CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
        POSITION_INDEPENDENT_CODE ON)
    target_compile_options(${name}_plugin_objects PRIVATE -fstack-protector-strong)
    target_link_libraries(${name}_plugin_objects PUBLIC stepd::sdk ${arg_LINKS})
    if(TARGET stepd::options)
        target_link_libraries(${name}_plugin_objects PRIVATE stepd::options)
    endif()
    add_library(${name}_plugin MODULE)
    target_link_libraries(${name}_plugin PRIVATE ${name}_plugin_objects)
    set(exports ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/stepd-plugin.map)
    target_link_options(${name}_plugin PRIVATE
        -Wl,--version-script=${exports} -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--build-id -Wl,--as-needed)
    if(NOT "${CMAKE_CXX_FLAGS} ${CMAKE_C_FLAGS}" MATCHES "-fsanitize=")  # their runtime is in the program that loads it
        target_link_options(${name}_plugin PRIVATE -Wl,--no-undefined)
    endif()
    set_target_properties(${name}_plugin PROPERTIES PREFIX "" OUTPUT_NAME ${name} LINK_DEPENDS ${exports})
    if(STEPD_PLUGIN_OUTPUT_DIRECTORY)
        set_target_properties(${name}_plugin PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${STEPD_PLUGIN_OUTPUT_DIRECTORY})
    endif()
endfunction()

# stepd_add_plugin_test(<name> SOURCES <file>... [LINKS <target>...])
#
# Builds the test program <name>_test of the plugin <name> from these sources and the plugin's own objects, for
# stepd/testing/harness.h, and makes it the ctest <name>.
function(stepd_add_plugin_test name)
    cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
    if(NOT TARGET ${name}_plugin_objects)
        message(FATAL_ERROR "stepd_add_plugin_test(${name}): call stepd_add_plugin(${name} ...) before")
    endif()
    add_executable(${name}_test ${arg_SOURCES})
    target_link_libraries(${name}_test PRIVATE ${name}_plugin_objects ${arg_LINKS})
    add_test(NAME ${name} COMMAND ${name}_test)
endfunction()
