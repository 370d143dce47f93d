//! The same machine with a third node, which has 256 MiB and no processors.

use crate::common::{dgen, folder, u64_of};

#[test]
#[ignore = "needs a memory node without processors: make test-numa"]
fn a_node_without_processors_is_shown_and_takes_no_part() {
    let folder = folder();
    let topology = &dgen(folder.path(), "info --json").code(0).json()["topology"];
    assert_eq!(u64_of(topology, "num_nodes"), 3);
    assert_eq!(topology["nodes"][2]["cpus"], "");
    assert!(u64_of(&topology["nodes"][2], "memory_total_bytes") >> 20 >= 200);
    let report = dgen(folder.path(), "bench numa --size 16MiB --buffer-size 4MiB --json").code(0).json();
    assert_eq!(u64_of(&report, "processes"), 2);
    assert_eq!(report["warnings"][0], "node 2 takes no part: it has memory and no processors");
    dgen(folder.path(), "bench numa --nodes 2").code(2).error_names(&["--nodes", "2", "0-1"]);
    dgen(folder.path(), "stream --size 1MiB --numa-node 2").code(2).error_names(&["numa", "2", "processors"]);
}
