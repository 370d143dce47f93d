"""The generator's keywords for values of the recipe."""

import dgen_py
import pytest

KEYWORDS = [
    ({"spread": 0.7}, "spread=7/10"),
    ({"spread": "1/3"}, "spread=1/3"),
    ({"spread": 1}, "spread=1"),
    ({"tune": "zstd"}, "tune=zstd"),
    ({"texture": "lz", "tune": "lz4"}, "texture=lz,tune=lz4"),
    ({"window": 128 << 20}, "window=128MiB"),
    ({"window": "16MiB"}, "window=16MiB,skip=4MiB"),
    ({"skip": 0}, "skip=0"),
    ({"window": "1GiB", "skip": "100MiB"}, "window=1GiB,skip=100MiB"),
    ({"early": "apart"}, "early=apart"),
    ({"reuse": "zipf:1.1"}, "reuse=zipf:11/10"),
    ({"reuse": "fixed"}, "reuse=fixed"),
    ({"runs": 4}, "runs=4"),
    ({"window": "192MiB", "within": "64MiB:0.5"}, "window=192MiB,within=64MiB:1/2"),
    ({"runs": "1-3", "reuse": "recent:32MiB"}, "reuse=recent:32MiB,runs=1-3"),
]


@pytest.mark.parametrize(("keywords", "text"), KEYWORDS, ids=[text for _, text in KEYWORDS])
def test_the_recipe_has_what_is_asked(keywords, text):
    generator = dgen_py.Generator(1 << 20, 2.0, 1.5, seed=7, **keywords)
    plain = "dgen1,seed=0x7,dedup=2,compress=3/2".split(",")
    assert set(generator.recipe.split(",")) - set(plain) == set(text.split(","))
    again = dgen_py.Generator.from_recipe(generator.recipe, 1 << 20)
    assert bytes(generator.get_chunk(1 << 20)) == bytes(again.get_chunk(1 << 20))


def test_defaults_change_nothing():
    plain = dgen_py.Generator(1, seed=7)
    said = dgen_py.Generator(
        1, seed=7, spread=0, tune="any", window="64MiB", skip=8 << 20, early="exact", reuse="uniform", runs="1"
    )
    assert said.recipe == plain.recipe == "dgen1,seed=0x7"


@pytest.mark.parametrize(
    ("keywords", "names"),
    [
        ({"spread": 1.5}, ["spread", "0 to 1"]),
        ({"spread": float("nan")}, ["spread"]),
        ({"tune": "gzip"}, ["tune", "zstd"]),
        ({"window": "0"}, ["window", "1 TiB"]),
        ({"window": -1}, ["window"]),
        ({"skip": "64MiB"}, ["skip", "quarter"]),
        ({"early": "late"}, ["early", "apart"]),
        ({"reuse": "often"}, ["reuse", "zipf"]),
        ({"runs": 0}, ["runs", "65536"]),
        ({"runs": "5-4"}, ["runs"]),
        ({"within": "64MiB:1/2"}, ["within", "window of 96MiB"]),
        ({"within": "64MiB"}, ["within", "SIZE:SHARE"]),
        ({"runs": 4, "reuse": "fixed"}, ["runs", "fixed"]),
        ({"tuned_for": "vdo", "spread": 0.5}, ["tuned_for", "spread"]),
        ({"tuned_for": "vdo", "texture": "zeros"}, ["tuned_for", "texture"]),
    ],
)
def test_bad_values_name_the_keyword(keywords, names):
    with pytest.raises(ValueError) as refused:
        dgen_py.Generator(1, 2.0, **keywords)
    for name in names:
        assert name in str(refused.value)


@pytest.mark.parametrize("name", ["spread", "tune", "window", "skip", "early", "reuse", "runs", "within", "texture"])
def test_other_types_are_refused(name):
    with pytest.raises(TypeError, match=name):
        dgen_py.Generator(1, 2.0, **{name: []})
