"""Every Python block of every page is run: here, unless another test does that."""

import documents

# Who runs the blocks of which page.
ELSEWHERE = {
    "README.md": "test_own_readme.py",
    "python/README.md": "test_own_readme.py",
    "docs/FRAMEWORKS.md": "test_frameworks_page.py",
    "docs/GUIDE.md": "test_newcomer.py",
}


def pages():
    found = [path for folder in ("", "docs", "python") for path in (documents.ROOT / folder).glob("*.md")]
    return sorted(str(path.relative_to(documents.ROOT)) for path in found)


def test_the_blocks_of_all_other_pages(tmp_path):
    for page in set(pages()) - set(ELSEWHERE):
        for block in documents.blocks(page):
            documents.run(block, tmp_path)


def test_pages_that_others_run_are_there():
    for page, test in ELSEWHERE.items():
        assert documents.blocks(page), page
        text = (documents.ROOT / "python" / "tests" / test).read_text(encoding="utf-8")
        assert page.split("/")[-1] in text, f"{test} does not name {page}"


def test_no_fence_of_python_is_missed():
    for page in pages():
        text = (documents.ROOT / page).read_text(encoding="utf-8")
        fences = [line.strip() for line in text.splitlines() if line.strip().startswith("```py")]
        assert set(fences) <= {"```python"}, page
