LOG = "# ninja log v5\n0\t{end}\t1\tsrc/base/CMakeFiles/oree_base.dir/text.cc.o\tab\n100\t300\t1\tbin/oree\tcd\n"


def built(tree, seconds):
    return tree({"build/release/.ninja_log": LOG.format(end=int(seconds * 1000)), "src/base/text.cc": "// line\n" * 500})


def test_it_says_seconds_per_thousand_lines_and_the_slowest_file(tool, tree):
    result = tool("build_budget", "--root", built(tree, 2.5))
    assert result.returncode == 0
    assert "1 files, 500 lines, 2 s compiling, 5.0 s per 1000 lines" in result.stdout
    assert "2.5 s  src/base/text.cc" in result.stdout


def test_a_build_over_the_budget_fails_when_asked_to_check(tool, tree):
    assert tool("build_budget", "--root", built(tree, 20), "--check").returncode == 1
    assert tool("build_budget", "--root", built(tree, 2), "--check").returncode == 0


def test_nothing_built_is_said_in_one_sentence(tool, tree):
    result = tool("build_budget", "--root", tree({"src/base/text.cc": ""}))
    assert result.returncode == 1
    assert result.stderr == "error: nothing is built; run ./run build first.\n"
