# cmake -DOUT=x.cpp "-DFILES=a.sql;b.sql" -P embed_migrations.cmake: writes the files into one C++ table.
set(rows "")
foreach(file ${FILES})
    get_filename_component(name ${file} NAME)
    string(REGEX MATCH "^[0-9]+" number ${name})
    string(REGEX REPLACE "^0+" "" version ${number})
    file(READ ${file} sql)
    string(APPEND rows "    {${version}, \"${name}\", R\"sql(${sql})sql\"},\n")
endforeach()
file(WRITE ${OUT} "#include \"store/sqlite/migrations.h\"

namespace stepd::store {
namespace {
constexpr Migration kMigrations[] = {
${rows}};
}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

}  // namespace stepd::store
")
