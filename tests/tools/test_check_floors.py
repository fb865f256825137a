import pytest

GOOD = {
    "src/base/result.h": "#include <string>\n",
    "src/platform/json/value.h": '#include "base/result.h"\n',
    "src/platform/json/value.cc": '#include "platform/json/value.h"\n\n#include <simdjson.h>\n',
    "src/platform/http/server.h": '#include "base/result.h"\n',
    "src/core/storage/blobs.h": '#include "platform/json/value.h"\n',
    "src/services/serving/serving.cc": '#include <sys/socket.h>\n\n#include "core/storage/blobs.h"\n',
}


def test_a_tree_that_keeps_the_floors_passes(tool, tree):
    result = tool("check_floors", "--src", tree(GOOD) / "src")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "6 files, no breach" in result.stdout


@pytest.mark.parametrize(
    "file, text, place, rule",
    [
        ("src/base/up.h", '\n#include "core/storage/blobs.h"\n', "src/base/up.h:2", "upward"),
        ("src/core/storage/up.cc", '#include "services/serving/serving.h"\n', "src/core/storage/up.cc:1", "upward"),
        ("src/platform/http/side.cc", '#include "platform/json/value.h"\n', "src/platform/http/side.cc:1", "sideways"),
        ("src/core/storage/json.cc", "#include <simdjson.h>\n", "src/core/storage/json.cc:1", "belongs to platform/json"),
        ("src/core/storage/new.cc", "#include <curl/curl.h>\n", "src/core/storage/new.cc:1", "no room that wraps it"),
        ("src/core/storage/bare.cc", '#include "blobs.h"\n', "src/core/storage/bare.cc:1", "does not start with a floor"),
        ("src/core/storage/gone.cc", '#include "base/gone.h"\n', "src/core/storage/gone.cc:1", "not under src/"),
        ("src/base/file.cc", "#include <fstream>\n", "src/base/file.cc:1", "base does no I/O"),
        ("src/attic/box/box.h", "\n", "src/attic/box/box.h:1", "not a floor"),
        ("src/core/storage/fake.cc", '#include "base/testing/fake.h"\n', "src/core/storage/fake.cc:1", "for tests"),
    ],
)
def test_a_breach_is_named_with_its_place_and_its_rule(tool, tree, file, text, place, rule):
    folder = tree(GOOD | {"src/services/serving/serving.h": "", "src/base/testing/fake.h": "", file: text})
    result = tool("check_floors", "--src", folder / "src")
    assert result.returncode == 1
    assert [line for line in result.stdout.splitlines() if line.startswith(place) and rule in line], result.stdout


def test_a_wrapped_header_that_reaches_another_room_is_a_leak(tool, tree):
    leak = {
        "src/platform/json/value.h": '#include "platform/json/detail.h"\n',
        "src/platform/json/detail.h": "#include <simdjson.h>\n",
    }
    result = tool("check_floors", "--src", tree(GOOD | leak) / "src")
    assert result.returncode == 1
    assert "src/platform/json/detail.h:1: <simdjson.h> leaks" in result.stdout


def test_a_circle_of_includes_is_shown_whole(tool, tree):
    circle = {
        "src/core/storage/a.h": '#include "core/storage/b.h"\n',
        "src/core/storage/b.h": '#include "core/storage/a.h"\n',
    }
    result = tool("check_floors", "--src", tree(GOOD | circle) / "src")
    assert result.returncode == 1
    assert "core/storage/a.h -> core/storage/b.h -> core/storage/a.h" in result.stdout


def test_tests_may_use_doctest_and_fakes_and_product_code_may_not(tool, tree):
    test = {"src/base/testing/fake.h": "", "src/base/a_test.cc": '#include <doctest/doctest.h>\n#include "base/testing/fake.h"\n'}
    assert tool("check_floors", "--src", tree(GOOD | test) / "src").returncode == 0
    product = {"src/base/a.cc": "#include <doctest/doctest.h>\n"}
    assert tool("check_floors", "--src", tree(product) / "src").returncode == 1


def test_the_map_lists_rooms_from_the_top_floor_down(tool, tree):
    folder = tree(GOOD | {
        "src/core/storage/README.md": "# storage\n\nBytes by their digest. More.\n",
        "src/platform/http/README.md": "# http: speaks to the world\n\nMore.\n",
    })
    rows = tool("check_floors", "--src", folder / "src", "--map").stdout.splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == [
        "services/serving",
        "core/storage",
        "platform/http",
        "platform/json",
        "base",
    ]
    assert rows[1] == "| `core/storage` | 1 | 0 | platform/json | Bytes by their digest |"
    assert rows[2] == "| `platform/http` | 1 | 0 | – | Speaks to the world |"


def test_a_stale_map_is_refused_until_it_is_written_again(tool, tree):
    page = "# Plan\n<!-- map:begin -->\nold\n<!-- map:end -->\nend\n"
    folder = tree(GOOD | {"ARCHITECTURE.md": page})
    arguments = ("--src", folder / "src")
    stale = tool("check_floors", *arguments, "--check-map", folder / "ARCHITECTURE.md")
    assert stale.returncode == 1
    assert "`core/storage` is missing" in stale.stdout

    assert tool("check_floors", *arguments, "--write-map", folder / "ARCHITECTURE.md").returncode == 0
    assert tool("check_floors", *arguments, "--check-map", folder / "ARCHITECTURE.md").returncode == 0
    text = (folder / "ARCHITECTURE.md").read_text()
    assert text.startswith("# Plan\n") and text.endswith("\nend\n")

    tree({"src/core/storage/more.cc": '#include "platform/http/server.h"\n'})
    changed = tool("check_floors", *arguments, "--check-map", folder / "ARCHITECTURE.md")
    assert changed.returncode == 1
    assert "`core/storage` uses platform/http, platform/json" in changed.stdout


def test_a_page_without_markers_is_told_to_add_them(tool, tree):
    folder = tree(GOOD | {"ARCHITECTURE.md": "# Plan\n"})
    result = tool("check_floors", "--src", folder / "src", "--check-map", folder / "ARCHITECTURE.md")
    assert result.returncode == 1
    assert "add the two markers" in result.stderr
