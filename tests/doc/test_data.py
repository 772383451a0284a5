"""The chapter on data: its code runs, its figures are those of the benchmark."""

from tests.doc._snippets import blocks

PAGE = "docs/data.md"


def test_the_python_blocks_run_in_order(tmp_path):
    names = {"root": tmp_path}
    for code in blocks(PAGE, "python"):
        exec(compile(code, PAGE, "exec"), names)
    assert len(names["again"]) == 8
