import pytest


def lines(count, text="// line"):
    return f"{text}\n" * count


def body(count):
    return "  work();\n" * count


def test_small_things_pass(tool, tree):
    result = tool("check_sizes", "--root", tree({"src/core/storage/a.cc": f"void f() {{\n{body(68)}}}\n"}))
    assert result.returncode == 0, result.stdout
    assert "1 files within the limits" in result.stdout


@pytest.mark.parametrize(
    "file, text, said",
    [
        ("src/core/storage/a.cc", lines(501), "src/core/storage/a.cc: file of 501 lines, 500 at most"),
        ("web/src/a.tsx", lines(501), "web/src/a.tsx: file of 501 lines"),
        ("tools/setup/a.sh", lines(501), "tools/setup/a.sh: file of 501 lines"),
        ("src/core/storage/a.h", lines(151), "src/core/storage/a.h: header of 151 lines, 150 at most"),
        ("src/core/storage/a.cc", f"\nint f(int a) {{\n{body(69)}}}\n", "src/core/storage/a.cc:2: f: function of 71 lines"),
        (
            "src/core/storage/a.cc",
            f"namespace oree {{\nResult<int> Store::put(\n    Bytes b) const {{\n{body(69)}}}\n}}\n",
            "src/core/storage/a.cc:2: Store::put: function of 72 lines",
        ),
        ("src/core/storage/a.cc", f'TEST_CASE("x {{") {{\n{body(70)}}}\n', "TEST_CASE: function of 72 lines"),
        ("tests/a.py", "def f():\n" + "    work()\n" * 70, "tests/a.py:1: f: function of 71 lines"),
        ("web/src/a.ts", "export function f() {\n" + body(70) + "}\n", "web/src/a.ts:1: f: function of 72 lines"),
    ],
)
def test_what_is_too_large_is_named_with_its_size(tool, tree, file, text, said):
    result = tool("check_sizes", "--root", tree({file: text}))
    assert result.returncode == 1
    assert said in result.stdout


def test_classes_and_namespaces_are_not_functions(tool, tree):
    text = "namespace oree {\nclass Store : public Base {\n public:\n" + lines(80, "  void f() {}") + "};\n}\n"
    assert tool("check_sizes", "--root", tree({"src/core/storage/a.cc": text})).returncode == 0


def test_braces_in_strings_and_comments_do_not_count(tool, tree):
    text = 'void f() {\n  g("}{{", \'{\', R"({{{)");  // {{\n}\n' + lines(80) + "void h() {\n}\n"
    assert tool("check_sizes", "--root", tree({"src/core/storage/a.cc": text})).returncode == 0


def test_a_folder_of_more_than_25_sources_needs_alcoves_and_tests_do_not_count(tool, tree):
    files = {f"src/core/storage/a{n}.cc": "" for n in range(25)} | {"src/core/storage/a_test.cc": ""}
    assert tool("check_sizes", "--root", tree(files)).returncode == 0
    result = tool("check_sizes", "--root", tree({"src/core/storage/one_more.cc": ""}))
    assert result.returncode == 1
    assert "src/core/storage: folder of 26 files, 25 at most" in result.stdout


def test_a_room_of_more_than_5000_lines_becomes_two(tool, tree):
    result = tool("check_sizes", "--root", tree({f"src/core/storage/alcove/a{n}.cc": lines(400) for n in range(13)}))
    assert result.returncode == 1
    assert "src/core/storage: room of 5200 lines, 5000 at most" in result.stdout


def test_the_allow_list_lets_through_what_has_a_reason(tool, tree):
    long = {"src/core/storage/a.cc": lines(600)}
    allowed = {"tools/sizes_allowed.txt": "# reasons\nfile src/core/storage/a.cc 650 a table that reads best in one piece\n"}
    assert tool("check_sizes", "--root", tree(long | allowed)).returncode == 0


def test_the_allow_list_refuses_an_entry_without_a_reason(tool, tree):
    result = tool("check_sizes", "--root", tree({"tools/sizes_allowed.txt": "file src/a.cc 650\n"}))
    assert result.returncode == 1
    assert "KIND NAME LIMIT REASON" in result.stderr


def test_the_allow_list_refuses_an_entry_that_nothing_needs(tool, tree):
    result = tool("check_sizes", "--root", tree({"tools/sizes_allowed.txt": "file src/a.cc 650 it was long once\n"}))
    assert result.returncode == 1
    assert "remove its entry" in result.stdout
