"""The layers of each crate, top to ground: a room may import what lies in its own line or below.

A room is a file beside `lib.rs`, or a folder. Files in a folder are bound by the rule against circles alone. Rooms with
a bar between them do not import each other at all.
"""

LAYERS = {
    "dgen": """
        lib
        batch generator limit numeric verify
        place
        place reader
        stream
        driver | fill
        kernel | plan
        layout
        choice key placement systems
        recipe topology
        calibration ranks share tensor
        ratio
        error uninit units
    """,
    "dgen-io": """
        lib probe
        write
        read
        verify
        tune
        report
        pipeline
        sizing
        engine
        storage
        memory
        metrics
        extents
        options
        base
    """,
    "dgen-formats": """
        lib
        format
        npz
        npy | parquet | raw | safetensors | tfrecord
        array
        content | gather
        dtype
    """,
    "dgen-dataset": """
        lib
        read verify write
        claim
        compare manifest
        generation
        layout
        changes checkpoint file report sizes
        crew draw
    """,
    "dgen-capi": """
        lib
        call damage
    """,
    "dgen-object": """
        lib
        read verify write
        get put
        compare listing set
        access payload
        profile
        location metadata report requests
        crew
        stop
    """,
    "dgen-net": """
        lib
        receive send
        connection | gather
        socket
        report wire
        options pace
    """,
    "dgen-measure": """
        lib
        measure
        state simulation
        chunking grid layout unique
        repeats tally
        scan distinct
        text
        columns
        report entropy extent
        table options
        model
        chunker codec crew fingerprint input
        keep
    """,
    "dgen-cli": """
        main
        lib
        help
        cli
        bench commands
        args progress
        report
        exit
        launch output report_file
        display guard nearly signals stack
        stdout
    """,
    "dgen-spec": """
        lib
        normal numeric workings
        spec
        dedup page
        arranged shards
        recipe
        pieces spread
        duplicates made tensor text texture within
        lines tag
        keys
        attributes blake2b share size
        ratio
        number
    """,
    "python": """
        lib
        command pool storage
        generator
        buffers
        placement
        arguments
        errors locks
        interpreter
    """,
}

# Where the source of a crate lies, if not in `crates/NAME/src`.
SOURCES = {"python": "python/src"}

# Crates and the crates of this workspace that they may use.
CRATES = {
    "dgen-spec": set(),
    "dgen": set(),
    "dgen-measure": {"dgen"},
    "dgen-io": {"dgen"},
    "dgen-formats": {"dgen"},
    "dgen-dataset": {"dgen", "dgen-formats", "dgen-io"},
    "dgen-net": {"dgen", "dgen-io"},
    "dgen-capi": {"dgen"},
    "dgen-object": {"dgen", "dgen-dataset", "dgen-io"},
    "dgen-cli": {"dgen", "dgen-dataset", "dgen-io", "dgen-measure", "dgen-net", "dgen-object"},
}
