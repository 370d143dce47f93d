//! Options of memory nodes, and systems that forbid their calls.

use crate::common::filter::without;
use crate::common::{dgen, folder, u64_of};
use serde_json::Value;

/// The calls that container runtimes forbid.
const FORBIDDEN: [libc::c_long; 4] =
    [libc::SYS_mbind, libc::SYS_get_mempolicy, libc::SYS_set_mempolicy, libc::SYS_move_pages];

/// The first node with processors, by the command's own account.
fn a_node(folder: &std::path::Path) -> u64 {
    let info = dgen(folder, "info --json").code(0).json();
    let nodes = info["topology"]["nodes"].as_array().unwrap().clone();
    u64_of(nodes.iter().find(|node| node["cpus"] != "").unwrap(), "id")
}

#[test]
fn info_shows_nodes_limits_and_placement() {
    let folder = folder();
    let info = dgen(folder.path(), "info --json").code(0).json();
    let node = &info["topology"]["nodes"][0];
    assert!(node["cpus"].is_string() && node["distances"].is_array(), "{node}");
    assert!(node.get("memory_total_bytes").is_some() && node.get("memory_free_bytes").is_some(), "{node}");
    assert!(info["topology"]["limits"]["cpus"].is_string() && info["placement"]["placed"].is_boolean());
    let text = dgen(folder.path(), "info").code(0).text();
    assert!(text.contains("node ") && text.contains("placement "), "{text}");
}

#[test]
fn a_node_is_used_in_every_command_or_refused_with_those_there_are() {
    let folder = folder();
    let node = a_node(folder.path());
    let place = |report: &Value| (report["placement"]["node"].as_u64(), report["placement"]["mode"].clone());
    for (args, is_to_file) in [
        ("write f --size 3MiB --force --json", false),
        ("read f --json", false),
        ("verify f --json", false),
        ("stream --size 3MiB --json=report", true),
        ("bench fill --buffer-size 64KiB --rounds 1 --json", false),
    ] {
        let run = dgen(folder.path(), &format!("{args} --numa-node {node} --numa-mode auto")).code(0);
        let report = if is_to_file {
            serde_json::from_slice(&std::fs::read(folder.path().join("report")).unwrap()).unwrap()
        } else {
            run.json()
        };
        assert_eq!(place(&report), (Some(node), "auto".into()), "{args}");
        for bad in ["4000", "-1"] {
            let run = dgen(folder.path(), &format!("{args} --numa-node {bad}")).code(2);
            run.error_names(&["numa", bad, &node.to_string()]);
        }
    }
}

#[test]
fn physical_cores_get_a_worker_each() {
    let folder = folder();
    let info = dgen(folder.path(), "info --json").code(0).json();
    let cores = u64_of(&info["topology"], "physical_cores");
    let report = dgen(folder.path(), "write /dev/null --size 1GiB --physical-cores --json").code(0).json();
    assert!(u64_of(&report, "writers") <= cores && report["placement"]["physical_cores"] == true, "{report}");
}

#[test]
fn forbidden_calls_cost_nothing_on_one_node_and_are_named_with_force() {
    let folder = folder();
    let info = dgen(folder.path(), "info --json").code(0).json();
    let node = a_node(folder.path());
    for errno in [libc::EPERM, libc::ENOSYS] {
        for options in ["", &format!("--numa-node {node}")] {
            let args = format!("write f --size 3MiB --force --json {options}");
            let run = without(&FORBIDDEN, errno, folder.path(), &args).code(0);
            let report = run.json();
            dgen(folder.path(), "verify f").code(0);
            if info["topology"]["is_uma"] == true {
                assert_eq!(report["placement"]["refused"].as_array().map(Vec::len), Some(0), "{report}");
                assert_eq!(report["placement"]["memory"], "system");
            } else if !options.is_empty() {
                assert_eq!(report["placement"]["memory"], "first_touch", "{report}");
            }
            assert!(!report["warnings"].to_string().contains("mbind"), "{report}");
        }
        let args = format!("stream --size 3MiB --numa-mode force --numa-node {node}");
        let run = without(&FORBIDDEN, errno, folder.path(), &args).code(1);
        run.error_names(&["bind memory to node"]);
    }
}
