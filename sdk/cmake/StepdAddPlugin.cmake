# stepd_add_plugin(<name> SOURCES <file>... [LINKS <target>...])
#
# Builds the plugin library <name>.so as target <name>_plugin, in ${STEPD_PLUGIN_OUTPUT_DIRECTORY} if that is set. Its
# objects are the target <name>_plugin_objects: link a test executable with it to run the plugin under the harness.
# Everything but the exported function of the ABI is hidden.
function(stepd_add_plugin name)
    cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
    add_library(${name}_plugin_objects OBJECT ${arg_SOURCES})
    set_target_properties(${name}_plugin_objects PROPERTIES
        CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
        POSITION_INDEPENDENT_CODE ON)
    target_link_libraries(${name}_plugin_objects PUBLIC stepd::sdk ${arg_LINKS})
    if(TARGET stepd::options)
        target_link_libraries(${name}_plugin_objects PRIVATE stepd::options)
    endif()
    add_library(${name}_plugin MODULE)
    target_link_libraries(${name}_plugin PRIVATE ${name}_plugin_objects)
    set_target_properties(${name}_plugin PROPERTIES PREFIX "" OUTPUT_NAME ${name})
    if(STEPD_PLUGIN_OUTPUT_DIRECTORY)
        set_target_properties(${name}_plugin PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${STEPD_PLUGIN_OUTPUT_DIRECTORY})
    endif()
endfunction()
