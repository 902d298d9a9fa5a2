# cmake -DOUT=x.cpp -DROOT=sdk/templates "-DFILES=cpp/a;cpp/b" -P embed.cmake: writes the files into one C++ table.
set(rows "")
foreach(file ${FILES})
    file(READ ${ROOT}/${file} text)
    string(APPEND rows "    {\"${file}\", R\"template(${text})template\"},\n")
endforeach()
file(WRITE ${OUT} "#include \"ctl/plugin_templates.h\"

namespace stepd::ctl {
namespace {
constexpr TemplateFile kFiles[] = {
${rows}};
}  // namespace

std::span<const TemplateFile> templateFiles() { return kFiles; }

}  // namespace stepd::ctl
")
