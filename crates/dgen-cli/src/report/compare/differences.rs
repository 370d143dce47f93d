//! What else differs between two runs: settings, program, machine and storage. Where it does, figures compare more than one
//! change.

use dgen::units::exact_size;
use serde::Serialize;
use serde_json::Value;

use crate::report::scale::rate;

/// A setting or a circumstance that is not the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Difference {
    pub(super) name: &'static str,
    pub(super) a: String,
    pub(super) b: String,
}

/// What is compared, by its place in the report.
const COMPARED: [(&str, &str); 36] = [
    ("dgen", "/version"),
    ("build", "/build"),
    ("host", "/host/name"),
    ("processor", "/host/cpu_model"),
    ("processor", "/cpu_model"),
    ("processors", "/host/cpus"),
    ("usable processors", "/host/usable_cpus"),
    ("memory", "/host/memory_total_bytes"),
    ("operating system", "/host/os_kernel"),
    ("file system", "/storage/0/file_system"),
    ("mounted from", "/storage/0/source"),
    ("mount options", "/storage/0/mount_options"),
    ("device", "/storage/0/device"),
    ("device model", "/storage/0/device_model"),
    ("scheduler", "/storage/0/scheduler"),
    ("recipe", "/recipe"),
    ("size", "/size"),
    ("bytes measured", "/bytes"),
    ("runtime", "/runtime_secs"),
    ("rounds", "/rounds"),
    ("ended by time", "/time_limited"),
    ("direct", "/direct"),
    ("engine", "/engine"),
    ("buffer size", "/buffer_size"),
    ("depth", "/depth"),
    ("writers", "/writers"),
    ("readers", "/readers"),
    ("threads", "/threads"),
    ("vectored", "/vectored"),
    ("order", "/order"),
    ("passes", "/passes"),
    ("rate asked for", "/rate_bytes_per_s"),
    ("durable", "/synced"),
    ("data read from", "/data_read_from"),
    ("dedup before compression", "/dedup_first"),
    ("kernel", "/kernel"),
];

pub(super) fn of(a: &Value, b: &Value) -> Vec<Difference> {
    let one = |(name, place): &(&'static str, &str)| {
        let value =
            |report: &Value| report.pointer(place).filter(|value| !value.is_null()).map(|value| shown(name, value));
        let [a, b] = [a, b].map(value);
        (a != b).then(|| {
            let [a, b] = [a, b].map(|side| side.unwrap_or_else(|| "not told".into()));
            Difference { name, a, b }
        })
    };
    COMPARED.iter().filter_map(one).collect()
}

/// What is a size in bytes.
const SIZES: [&str; 4] = ["memory", "size", "bytes measured", "buffer size"];

/// A value as text; of recipes, seeds aside, which change the bytes and not the work.
fn shown(name: &str, value: &Value) -> String {
    let bytes = value.as_u64().filter(|_| SIZES.contains(&name)).map(exact_size);
    let asked = value.as_f64().filter(|_| name == "rate asked for").map(rate);
    if let Some(text) = bytes.or(asked) {
        return text;
    }
    match value {
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::String(text) if text.starts_with("dgen1,") => {
            text.split(',').filter(|part| !part.starts_with("seed=")).collect::<Vec<_>>().join(",")
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_but_seeds_is_told() {
        let a = json!({"recipe": "dgen1,seed=0x1,dedup=2", "direct": true, "host": {"name": "one"}, "depth": 8});
        let b = json!({"recipe": "dgen1,seed=0x2,dedup=2", "direct": false, "host": {"name": "two"}});
        let names: Vec<&str> = of(&a, &b).iter().map(|difference| difference.name).collect();
        assert_eq!(names, ["host", "direct", "depth"]);
        assert_eq!(of(&a, &b)[2], Difference { name: "depth", a: "8".into(), b: "not told".into() });
        assert_eq!(of(&a, &a), []);
    }
}
