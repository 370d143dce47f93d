//! Systems: names, the table, what is chosen and what is refused.

use super::*;

fn ratio(text: &str) -> Ratio {
    Ratio::parse("ratio", text, 1_000_000).unwrap()
}

fn recipe(system: &str, dedup: &str, compress: &str) -> Recipe {
    let fit = system.parse::<System>().unwrap().fit(ratio(dedup), ratio(compress)).unwrap();
    fit.builder().seed(1).build().unwrap()
}

#[test]
fn names_have_defaults_and_read_back() {
    for (text, name) in [
        ("zfs", "zfs:128KiB"),
        ("zfs:8K", "zfs:8KiB"),
        ("bluestore", "bluestore:64KiB"),
        ("subblock", "subblock:512"),
        ("subblock:1024", "subblock:1KiB"),
        ("zstd", "zstd:3"),
        ("zstd:2", "zstd:1"),
        ("zstd:22", "zstd:19"),
        ("vdo", "vdo"),
    ] {
        assert_eq!(text.parse::<System>().unwrap().to_string(), name);
    }
    for text in ["", "ext4", "zfs:", "zfs:3KiB", "zfs:lz4", "vdo:4KiB", "zstd:0", "zstd:23", "zstd:fast", "list", "ZFS"]
    {
        let message = text.parse::<System>().unwrap_err().to_string();
        assert!(message.starts_with("for: ") && message.contains("zfs:8KiB"), "{text}: {message}");
    }
}

#[test]
fn every_kind_is_in_the_table_and_every_line_is_of_a_kind() {
    for known in &KNOWN {
        assert!(known.name.parse::<System>().is_ok(), "{}", known.name);
    }
    for system in System::all() {
        assert_eq!(system.name().parse::<System>().unwrap(), system);
        assert!(!system.description().is_empty());
        assert!(system.largest() > 1.5, "{system}");
    }
}

#[test]
fn every_ratio_up_to_the_largest_gives_a_recipe() {
    for system in System::all() {
        for hundredths in (100..=2600).step_by(50) {
            let asked = Ratio::new("ratio", hundredths, 100, 200).unwrap();
            match system.fit(Ratio::ONE, asked) {
                Ok(fit) => {
                    let recipe = fit.builder().seed(1).build().unwrap();
                    assert!(hundredths > 100 || recipe.compress_ratio().is_one(), "{system} {asked}");
                }
                Err(error) => {
                    let beyond = asked.as_f64() > system.largest();
                    assert!(beyond || system.name() == "btrfs-auto" && hundredths < 200, "{error}");
                    assert!(error.to_string().contains(&format!(" to {:.2}", system.largest())), "{error}");
                }
            }
        }
    }
}

#[test]
fn incompressible_data_needs_nothing() {
    assert_eq!(recipe("vdo", "2", "1").to_string(), "dgen1,seed=0x1,dedup=2");
}

#[test]
fn systems_without_dedup_say_so() {
    let notes = |system: &str, dedup| system.parse::<System>().unwrap().fit(ratio(dedup), ratio("2")).unwrap().notes;
    assert!(notes("btrfs", "2")[0].contains("does not deduplicate"));
    assert!(notes("btrfs", "1").is_empty() && notes("vdo", "2").is_empty());
}
