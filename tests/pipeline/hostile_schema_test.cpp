#include <filesystem>
#include <fstream>
#include <iterator>

#include "pipeline/file_schema.h"
#include "pipeline/json_schema.h"
#include "pipeline/loaded.h"
#include "pipeline/schema_types.h"

using namespace stepd;
using namespace stepd::pipeline;
namespace fs = std::filesystem;

/// Schemas come with plugins, which are not believed: whatever they are, a pipeline loads or has findings, soon.
class HostileSchemaTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(HostileSchemaTest);
    CPPUNIT_TEST(testCorpusIsBounded);
    CPPUNIT_TEST(testSizeIsBounded);
    CPPUNIT_TEST(testDepthOfTypesIsBounded);
    CPPUNIT_TEST(testRoutesAreSafeFromEndlessReferences);
    CPPUNIT_TEST_SUITE_END();

    /// Every use of a schema at load: the file may be anything but an endless affair. True if it loads.
    static bool survives(const std::string& schema) {
        LoadContext context;
        context.contracts = [&](const std::string&) {
            return std::make_shared<const PluginContract>(PluginContract{"{}", {{"x", schema, schema, schema}}});
        };
        std::string deep = "x";
        for (int i = 0; i < 20; ++i) deep = (i % 2 != 0 ? "[" : "{a: ") + deep + (i % 2 != 0 ? "]" : "}");
        const std::string value = "{a: " + std::string(2000, 'a') +
                                  "!, b: [1, [2, [3]]], c: {a: {b: {c: 1}}}, d: " + deep +
                                  ", e: '${{ steps.one.output.a.b.c.d }}', f: '${{ steps.one.output }}'}";
        const auto loaded = loadText(
            "version: 1\nid: p\non: [{event: e}]\nsteps:\n  - {id: one, uses: x}\n  - {id: two, uses: x, with: " +
                value + ", input: " + value +
                "}\n  - {id: three, uses: x, foreach: {items: steps.one.output.a}, input: '${{ item.a }}'}\n",
            context);
        CPPUNIT_ASSERT(!fileSchema({{{"x"}, schema}}).empty());
        return loaded.pipeline != nullptr;
    }

    static std::string nested(std::size_t levels) {
        std::string schema = "{}";
        for (std::size_t i = 0; i < levels; ++i) schema = R"({"items":)" + schema + "}";
        return schema;
    }

    void testCorpusIsBounded() {
        const char* source = std::getenv("STEPD_SOURCE_DIR");
        CPPUNIT_ASSERT_MESSAGE("STEPD_SOURCE_DIR is not set; run through ctest", source != nullptr);
        std::size_t files = 0;
        for (const auto& entry : fs::directory_iterator(fs::path(source) / "tests/fuzz/corpus/schema")) {
            std::ifstream stream(entry.path(), std::ios::binary);
            survives({std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()});
            ++files;
        }
        CPPUNIT_ASSERT(files >= 13);
    }

    /// What is beyond the limits says nothing.
    void testSizeIsBounded() {
        std::string wide = R"({"additionalProperties":false,"properties":{)";
        for (int i = 0; wide.size() < 300'000; ++i) wide += (i == 0 ? "\"p" : ",\"p") + std::to_string(i) + "\":{}";
        CPPUNIT_ASSERT(!SchemaView::read(wide + "}}"));
        std::string many = R"({"additionalProperties":false,"enum":[0)";
        for (int i = 0; i < 21'000; ++i) many += ",1";
        CPPUNIT_ASSERT(!SchemaView::read(many + "]}"));
        CPPUNIT_ASSERT(!SchemaView::read(nested(70)));
        CPPUNIT_ASSERT(SchemaView::read(nested(30)));
        for (const char* none : {"", "[]", "true", "{", "{\"a\":1} x", "\xff"}) CPPUNIT_ASSERT(!SchemaView::read(none));
        CPPUNIT_ASSERT(survives(""));
    }

    void testDepthOfTypesIsBounded() {
        const auto view = SchemaView::read(R"({"type":"array","items":{"$ref":"#"}})");
        cel::Type type = typeOfSchema(*view, "x");
        int levels = 0;
        for (; type.is(cel::Type::Form::List); ++levels) type = cel::Type(type.arguments()[0]);
        CPPUNIT_ASSERT_EQUAL(13, levels);
        CPPUNIT_ASSERT(type.isDyn());
    }

    /// Of schemas of routes, which validate bodies: a reference that leads back to itself would never end.
    void testRoutesAreSafeFromEndlessReferences() {
        for (const char* endless : {R"({"$ref":"#"})", R"({"allOf":[{"$ref":"#"}]})", R"({"anyOf":[{"$ref":"#"},{}]})",
                                    R"({"$ref":"#/$defs/a","$defs":{"a":{"not":{"$ref":"#/$defs/a"}}}})"}) {
            const auto compiled = JsonSchema::compile(endless);
            CPPUNIT_ASSERT_MESSAGE(endless, !compiled);
            CPPUNIT_ASSERT_MESSAGE(compiled.error(),
                                   compiled.error().find("leads back to itself") != std::string::npos);
        }
        const auto tree = JsonSchema::compile(
            R"({"$ref":"#/$defs/n","$defs":{"n":{"type":"object","properties":{"kids":{"items":{"$ref":"#/$defs/n"}}}}}})");
        CPPUNIT_ASSERT_MESSAGE(tree ? "" : tree.error(), tree);
        CPPUNIT_ASSERT(tree->validate(R"({"kids":[{"kids":[]}]})").empty());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, tree->validate(R"({"kids":[{"kids":[5]}]})").size());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(HostileSchemaTest);
